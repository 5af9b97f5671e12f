using Godwit.Bson;
using Godwit.Sandbox.Aggregation.Stages;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Cursors;

namespace Godwit.Sandbox.Sharding.Commands;

/// <summary><c>aggregate</c>: by one shard where that has everything, else cut in two and merged here.</summary>
internal sealed class RoutedAggregate() : RoutedCommand("aggregate")
{
    private const string Failed = "PlanExecutor error during aggregation";

    /// <inheritdoc/>
    protected override async ValueTask<RawDocument> RouteAsync(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var ns = AggregateCommand.Target(context);
        var stages = context.RequiredDocuments("pipeline");
        if (stages.Count > 0 && stages[0].Has("$changeStream"))
        {
            return await RoutedChangeStream
                .OpenAsync(context, router, ns, stages, cancellationToken)
                .ConfigureAwait(false);
        }

        if (context.Arguments.Boolean("explain") == true && ns.Collection.Length > 0)
        {
            return await PipelineExplanation.OfAsync(context, router, default, cancellationToken).ConfigureAwait(false);
        }

        if (ns.Collection.Length == 0)
        {
            return await RoutedSources.RunAsync(context, router, stages, cancellationToken).ConfigureAwait(false);
        }

        var home = router.HomeOf(ns);
        var view =
            home is null || router.Table.Find(ns) is { IsUnsplittable: false }
                ? null
                : await ViewRouting.FindShardedAsync(router, home, ns, cancellationToken).ConfigureAwait(false);
        return await RunAsync(context, router, view ?? new(ns, [], ns), stages, cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>Runs stages on a collection, or on a view over one.</summary>
    internal static async ValueTask<RawDocument> RunAsync(
        CommandContext context,
        Router router,
        ViewRouting source,
        IReadOnlyList<RawDocument> stages,
        CancellationToken cancellationToken
    )
    {
        using var lease = await router
            .Transactions.HoldAsync(context, source.Collection, cancellationToken)
            .ConfigureAwait(false);
        var database = source.Collection.Database;
        IReadOnlyList<RawDocument> all = [.. source.Stages, .. stages];
        var written = ForeignNames.Written(all, database);
        var foreign = ForeignNames.Read(all, database).Distinct().ToList();
        if (SingleShard(context, router, source, all, foreign, written) is { } only)
        {
            return await ForwardAsync(context, router, only, source, all, cancellationToken).ConfigureAwait(false);
        }

        var readable = written is null ? all : [.. all.Take(all.Count - 1)];
        var split = router.Table.Find(source.Collection) is { IsUnsplittable: false }
            ? PipelineSplit.Of(readable)
            : new([], null, readable);
        var merged = await MergeAsync(context, router, source, split, cancellationToken).ConfigureAwait(false);
        if (split.OnRouter.Count == 0 && written is null)
        {
            return await RoutedReads
                .ReplyAsync(
                    context,
                    merged,
                    Options(context, source.View) with
                    {
                        AtClusterTime = merged.AtClusterTime,
                    },
                    cancellationToken
                )
                .ConfigureAwait(false);
        }

        var documents = await DrainAsync(context, merged, cancellationToken).ConfigureAwait(false);
        var elsewhere = await ForeignReads
            .FetchAsync(context, router, foreign, cancellationToken)
            .ConfigureAwait(false);
        var results = Run(context, source.Collection, split.OnRouter, documents, elsewhere);
        if (written is { } target)
        {
            await RoutedOutput
                .WriteAsync(context, router, target, all[^1], results, cancellationToken)
                .ConfigureAwait(false);
            results = [];
        }

        return context.Member.Cursors.OpenReply(
            context,
            new EnumerableSource(results),
            Options(context, source.View) with
            {
                Failure = Failed,
                AtClusterTime = merged.AtClusterTime,
            }
        );
    }

    /// <summary>The shard that can run the whole pipeline alone.</summary>
    private static ShardServer? SingleShard(
        CommandContext context,
        Router router,
        ViewRouting source,
        IReadOnlyList<RawDocument> stages,
        List<Namespace> foreign,
        Namespace? written
    )
    {
        var ns = source.Collection;
        var others = written is { } target ? [.. foreign, target] : foreign;
        if (router.Table.Find(ns) is not { IsUnsplittable: false } collection)
        {
            // A database that does not exist is asked for anywhere: the answer is the same.
            var home = router.HomeOf(ns) ?? router.Cluster.AnyShard;
            return others.All(other => IsAt(router, other, home, written)) ? home : null;
        }

        if (others.Count > 0)
        {
            return null;
        }

        var collation = RoutedReads.CollationOf(context, collection);
        var filter =
            !source.IsPacked && stages.Count > 0 && stages[0]["$match"] is { Type: BsonType.Document } match
                ? match.AsDocument
                : (RawDocument?)null;
        return
            RoutedReads.Shards(context, collection, RoutedReads.FilterOf(context, filter, collation), collation)
                is [var only]
            && !IsAboutStatistics(stages)
            ? only
            : null;
    }

    private static bool IsAboutStatistics(IReadOnlyList<RawDocument> stages) =>
        stages.Count > 0 && stages[0].First().Name is "$collStats" or "$indexStats";

    private static bool IsAt(Router router, Namespace ns, ShardServer home, Namespace? written) =>
        router.Table.Find(ns) is not { IsUnsplittable: false }
        && (router.HomeOf(ns) is { } other ? other == home : ns != written);

    private static async ValueTask<RawDocument> ForwardAsync(
        CommandContext context,
        Router router,
        ShardServer shard,
        ViewRouting source,
        IReadOnlyList<RawDocument> stages,
        CancellationToken cancellationToken
    )
    {
        if (source.Stages.Count == 0 && source.Asked == source.View && context.Request.Name == "aggregate")
        {
            return await RoutedReads.ForwardAsync(context, shard, cancellationToken).ConfigureAwait(false);
        }

        var body = BodyOf(context, router, source.Asked, stages);
        var cursors = await RoutedReads.OpenAsync(context, [shard], body, cancellationToken).ConfigureAwait(false);
        return await RoutedReads
            .ReplyAsync(context, new(cursors), Options(context, source.View), cancellationToken)
            .ConfigureAwait(false);
    }

    private static async ValueTask<MergingSource> MergeAsync(
        CommandContext context,
        Router router,
        ViewRouting source,
        PipelineSplit split,
        CancellationToken cancellationToken
    )
    {
        IReadOnlyList<ShardServer> shards = [];
        IStringCollation? collation = null;
        if (router.Table.Find(source.Collection) is { IsUnsplittable: false } collection)
        {
            collation = RoutedReads.CollationOf(context, collection);
            var filter = !source.IsPacked && split.OnShards.Count > 0 ? split.OnShards[0]["$match"] : default;
            shards = IsAboutStatistics(split.OnShards)
                ? RoutedReads.Owners(context, collection)
                : RoutedReads.Shards(
                    context,
                    collection,
                    RoutedReads.FilterOf(
                        context,
                        filter.Type == BsonType.Document ? filter.AsDocument : null,
                        collation
                    ),
                    collation
                );
        }
        else if (router.HomeOf(source.Collection) is { } home)
        {
            shards = [home];
        }

        var body = BodyOf(context, router, source.Asked, split.OnShards);
        var cursors = await RoutedReads.OpenAsync(context, shards, body, cancellationToken).ConfigureAwait(false);
        return new(cursors) { Order = split.Sort(collation) };
    }

    private static RawDocument BodyOf(
        CommandContext context,
        Router router,
        Namespace ns,
        IReadOnlyList<RawDocument> stages
    )
    {
        var from = RoutedReads.AtOneTime(context, router);
        var command = new DocumentBuilder
        {
            { "aggregate", ns.Collection },
            { "pipeline", RawValue.Array(stages.Select(RawValue.Document)) },
            { "cursor", context.Body["cursor"] is { Type: BsonType.Document } cursor ? cursor : RawDocument.Empty },
            { "allowDiskUse", from["allowDiskUse"] },
            { "collation", from["collation"] },
            { "hint", from["hint"] },
            { "let", from["let"] },
            { "collectionUUID", from["collectionUUID"] },
        };
        return CommandBody.AppendGeneric(command, from).Build();
    }

    private static CursorOptions Options(CommandContext context, Namespace ns)
    {
        var size = context.Body["cursor"] is { Type: BsonType.Document } cursor
            ? cursor.AsDocument["batchSize"].ToInt64()
            : context.Body["batchSize"].ToInt64();
        return new(ns) { BatchSize = (int?)size };
    }

    private static async ValueTask<List<RawDocument>> DrainAsync(
        CommandContext context,
        MergingSource source,
        CancellationToken cancellationToken
    )
    {
        using (source)
        {
            var all = new List<RawDocument>();
            while (!source.IsExhausted)
            {
                await source.PrepareAsync(context, int.MaxValue, cancellationToken).ConfigureAwait(false);
                while (source.TryRead(out var document))
                {
                    all.Add(document);
                }
            }

            return all;
        }
    }

    private static IEnumerable<RawDocument> Run(
        CommandContext context,
        Namespace ns,
        IReadOnlyList<RawDocument> stages,
        List<RawDocument> documents,
        Func<Namespace, IReadOnlyList<RawDocument>> elsewhere
    )
    {
        var collation = context.Member.Router!.Table.Find(ns) is { } collection
            ? RoutedReads.CollationOf(context, collection)
            : Reading.Collations.Of(context.Arguments.Document("collation"));
        var place = StageContext.For(context, ns, collation, context.Arguments.Document("let")) with
        {
            Elsewhere = elsewhere,
        };
        return Pipeline.Parse(stages, place).Run(documents);
    }
}
