using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Cursors;
using Godwit.Sandbox.Query;
using Godwit.Sandbox.Reading;

namespace Godwit.Sandbox.Sharding.Commands;

/// <summary>What the reads of a router have in common: where to read, at which time, and how cursors are opened.</summary>
internal static class RoutedReads
{
    /// <summary>The shards that a filter on a sharded collection needs.</summary>
    internal static IReadOnlyList<ShardServer> Shards(
        CommandContext context,
        ShardedCollection collection,
        Filter filter,
        IStringCollation? collation
    )
    {
        var router = context.Member.Router!;
        return
        [
            .. new KeyTargeting(collection)
                .ShardsOf(filter, collation, TimeOf(context, router))
                .Select(router.Cluster.Shard),
        ];
    }

    /// <summary>All shards that own anything of a collection.</summary>
    internal static IReadOnlyList<ShardServer> Owners(CommandContext context, ShardedCollection collection)
    {
        var router = context.Member.Router!;
        return [.. collection.Owners(TimeOf(context, router)).Select(router.Cluster.Shard)];
    }

    /// <summary>The filter of a command, to route by.</summary>
    internal static Filter FilterOf(CommandContext context, RawDocument? filter, IStringCollation? collation) =>
        Filter.Parse(
            filter ?? RawDocument.Empty,
            QueryContexts.For(context, collation, context.Arguments.Document("let"))
        );

    /// <summary>The collation of a command's strings: its own, else the collection's.</summary>
    internal static IStringCollation? CollationOf(CommandContext context, ShardedCollection collection) =>
        context.Arguments.Document("collation") is { IsEmpty: false } given
            ? Collations.Of(given)
            : collection.Collation;

    /// <summary>
    /// The command's document with the time that all shards read at, where it asks for a snapshot without saying of when.
    /// </summary>
    internal static RawDocument AtOneTime(CommandContext context, Router router)
    {
        if (
            context.Session.IsTransaction
            || context.ReadConcern is not { Level: ReadConcernLevel.Snapshot, AtClusterTime: null }
        )
        {
            return context.Body;
        }

        var time = ClusterTime.Max(router.Cluster.Clock.Now, context.ReadConcern.AfterClusterTime ?? ClusterTime.Zero);
        return CommandBody.With(
            context.Body,
            ("readConcern", new DocumentBuilder { { "level", "snapshot" }, { "atClusterTime", time } })
        );
    }

    /// <summary>Opens a cursor on each of some shards.</summary>
    internal static async ValueTask<List<ShardCursor>> OpenAsync(
        CommandContext context,
        IReadOnlyList<ShardServer> shards,
        RawDocument body,
        CancellationToken cancellationToken
    )
    {
        var router = context.Member.Router!;
        var cursors = new List<ShardCursor>();
        try
        {
            foreach (var shard in shards)
            {
                var request = context.Request.To(new(router.Table, shard.Name), body);
                cursors.Add(
                    await ShardCursor.OpenAsync(context, shard, request, cancellationToken).ConfigureAwait(false)
                );
            }

            return cursors;
        }
        catch
        {
            cursors.ForEach(cursor => cursor.Close());
            throw;
        }
    }

    /// <summary>Opens the router's own cursor over what it merges, and makes the first reply.</summary>
    internal static async ValueTask<RawDocument> ReplyAsync(
        CommandContext context,
        MergingSource source,
        CursorOptions options,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await source
                .PrepareAsync(
                    context,
                    options.BatchSize ?? CursorRegistry.FirstBatchDocumentsDefault,
                    cancellationToken
                )
                .ConfigureAwait(false);
        }
        catch
        {
            source.Dispose();
            throw;
        }

        return context.Member.Cursors.OpenReply(context, source, options);
    }

    /// <summary>Sends a command that answers with a cursor to one shard; what follows is fetched through a cursor of the router's.</summary>
    internal static async ValueTask<RawDocument> ForwardAsync(
        CommandContext context,
        ShardServer shard,
        CancellationToken cancellationToken
    )
    {
        var router = context.Member.Router!;
        var (member, reply) = await router
            .Transactions.ForwardAsync(context, shard, null, cancellationToken)
            .ConfigureAwait(false);
        var own = CommandBody.Own(reply);
        if (own["cursor"] is not { Type: BsonType.Document } cursor || cursor.AsDocument["id"].ToInt64() is null or 0)
        {
            return own;
        }

        var isTailable = context.Body["tailable"].IsTruthy();
        var ns = Namespace.Parse(cursor.AsDocument["ns"].AsString);
        var taken = ShardCursor.Adopt(router, shard, member, cursor.AsDocument);
        var opened = context.Member.Cursors.OpenReply(
            context,
            new MergingSource([taken]) { IsTailable = isTailable },
            new CursorOptions(ns)
            {
                BatchSize = int.MaxValue,
                IsTailable = isTailable,
                IsAwaitData = context.Body["awaitData"].IsTruthy(),
                HasNoTimeout = context.Body["noCursorTimeout"].IsTruthy(),
                AtClusterTime = taken.AtClusterTime,
            }
        );
        var id = opened["cursor"].AsDocument["id"];
        return CommandBody.With(own, ("cursor", CommandBody.With(cursor.AsDocument, ("id", id))));
    }

    private static ClusterTime? TimeOf(CommandContext context, Router router) =>
        context.ReadConcern.AtClusterTime
        ?? (
            router.Transactions.Find(context)?.ReadConcern is { Type: BsonType.Document } concern
            && concern.AsDocument["atClusterTime"] is { Type: BsonType.Timestamp } time
                ? time.AsTimestamp
                : null
        );
}
