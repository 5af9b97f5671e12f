using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Cursors;
using Godwit.Sandbox.Query;
using Godwit.Sandbox.Reading;

namespace Godwit.Sandbox.Sharding.Commands;

/// <summary><c>find</c>: from one shard as it is, or from several merged in the order asked for.</summary>
internal sealed class RoutedFind() : RoutedCommand("find")
{
    /// <inheritdoc/>
    protected override async ValueTask<RawDocument> RouteAsync(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var ns = context.Collection();
        using var lease = await router.Transactions.HoldAsync(context, ns, cancellationToken).ConfigureAwait(false);
        if (router.Table.Find(ns) is not { IsUnsplittable: false } collection)
        {
            return await UnshardedAsync(context, router, ns, cancellationToken).ConfigureAwait(false);
        }

        var collation = RoutedReads.CollationOf(context, collection);
        var filter = RoutedReads.FilterOf(context, context.Arguments.Document("filter"), collation);
        var shards = RoutedReads.Shards(context, collection, filter, collation);
        return shards is [var only]
            ? await RoutedReads.ForwardAsync(context, only, cancellationToken).ConfigureAwait(false)
            : await MergeAsync(context, router, collection, shards, collation, cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask<RawDocument> UnshardedAsync(
        CommandContext context,
        Router router,
        Namespace ns,
        CancellationToken cancellationToken
    )
    {
        if (router.HomeOf(ns) is not { } home)
        {
            _ = FindOptions.Parse(context.Arguments);
            _ = FindCommand.QueryOf(context, null);
            return context.Member.Cursors.OpenReply(
                context,
                new EnumerableSource([]),
                new CursorOptions(ns) { AtClusterTime = context.ReadConcern.AtClusterTime }
            );
        }

        return await ViewRouting.FindShardedAsync(router, home, ns, cancellationToken).ConfigureAwait(false) is { } view
            ? await RoutedAggregate
                .RunAsync(context, router, view, ViewRouting.StagesOfFind(context), cancellationToken)
                .ConfigureAwait(false)
            : await RoutedReads.ForwardAsync(context, home, cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask<RawDocument> MergeAsync(
        CommandContext context,
        Router router,
        ShardedCollection collection,
        IReadOnlyList<ShardServer> shards,
        IStringCollation? collation,
        CancellationToken cancellationToken
    )
    {
        var arguments = context.Arguments;
        var query = FindCommand.QueryOf(context, null);
        var skip = arguments.NumberAtLeast("skip", 0) ?? 0;
        var isSorted = arguments.Document("sort") is { IsEmpty: false } pattern && !pattern.First().NameIs("$natural");
        var projection = arguments.Document("projection") is { IsEmpty: false } given ? given : (RawDocument?)null;
        var projectsHere = isSorted && projection is not null;

        // The router sorts by the whole document, and projects what it has sorted.
        var body = CommandBody.With(
            RoutedReads.AtOneTime(context, router),
            ("skip", RawValue.Missing),
            ("limit", query.Limit == long.MaxValue ? RawValue.Missing : RawValue.Int64(query.Limit)),
            ("singleBatch", RawValue.Missing),
            ("projection", projectsHere || projection is null ? RawValue.Missing : projection.Value)
        );
        var cursors = await RoutedReads.OpenAsync(context, shards, body, cancellationToken).ConfigureAwait(false);
        var show = projectsHere ? Projections.Of(context, projection!.Value, query) : null;
        var source = new MergingSource(cursors)
        {
            Order = isSorted ? SortPattern.Parse(arguments.Document("sort")!.Value, collation) : null,
            Skip = skip,
            Limit = arguments.NumberAtLeast("limit", 0) is { } limit and > 0 ? limit : long.MaxValue,
            Show = show is null ? document => document : document => show(document),
        };
        var options = new CursorOptions(collection.Namespace)
        {
            BatchSize = (int?)arguments.NumberAtLeast("batchSize", 0),
            IsSingleBatch = arguments.Boolean("singleBatch") ?? false,
            HasNoTimeout = arguments.Boolean("noCursorTimeout") ?? false,
            AtClusterTime = cursors[0].AtClusterTime,
        };
        return await RoutedReads.ReplyAsync(context, source, options, cancellationToken).ConfigureAwait(false);
    }
}
