using Godwit.Bson;
using Godwit.Sandbox.Commands;

namespace Godwit.Sandbox.Sharding.Commands;

/// <summary><c>count</c>: the sum over the shards, told with the part of each.</summary>
internal sealed class RoutedCount() : RoutedCommand("count")
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
        var (skip, limit) = (
            context.Arguments.NumberAtLeast("skip", 0) ?? 0,
            Math.Abs(context.Arguments.Number("limit") ?? 0)
        );
        IReadOnlyList<ShardServer> shards = [];
        if (router.Table.Find(ns) is { IsUnsplittable: false } collection)
        {
            var collation = RoutedReads.CollationOf(context, collection);
            var filter = RoutedReads.FilterOf(context, context.Arguments.Document("query"), collation);
            shards = RoutedReads.Shards(context, collection, filter, collation);
        }
        else if (router.HomeOf(ns) is { } home)
        {
            if (
                await ViewRouting.FindShardedAsync(router, home, ns, cancellationToken).ConfigureAwait(false) is
                { } view
            )
            {
                return await OfViewAsync(context, router, view, skip, limit, cancellationToken).ConfigureAwait(false);
            }

            shards = [home];
        }

        var body = CommandBody.With(
            context.Body,
            ("skip", RawValue.Missing),
            ("limit", limit == 0 ? RawValue.Missing : limit + skip)
        );
        var parts = new DocumentBuilder();
        long sum = 0;
        foreach (var shard in shards)
        {
            var (_, reply) = await router
                .Transactions.ForwardAsync(context, shard, body, cancellationToken)
                .ConfigureAwait(false);
            var n = CommandBody.Own(reply)["n"];
            parts.Add(shard.Name, n);
            sum += n.ToInt64() ?? 0;
        }

        return Reply(parts, Cut(sum, skip, limit));
    }

    private static async ValueTask<RawDocument> OfViewAsync(
        CommandContext context,
        Router router,
        ViewRouting view,
        long skip,
        long limit,
        CancellationToken cancellationToken
    )
    {
        var stages = new List<RawDocument>();
        if (context.Arguments.Document("query") is { IsEmpty: false } query)
        {
            stages.Add(new DocumentBuilder { { "$match", query } }.Build());
        }

        stages.Add(new DocumentBuilder { { "$count", "n" } }.Build());
        var reply = await RoutedAggregate
            .RunAsync(context, router, view, stages, cancellationToken)
            .ConfigureAwait(false);
        var found = reply["cursor"].AsDocument["firstBatch"].AsDocument["0"];
        var all = found.Type == BsonType.Document ? found.AsDocument["n"].ToInt64() ?? 0 : 0;
        return new DocumentBuilder { { "n", RawValue.Narrow(Cut(all, skip, limit)) } }.Build();
    }

    private static long Cut(long count, long skip, long limit)
    {
        var left = Math.Max(0, count - skip);
        return limit > 0 ? Math.Min(left, limit) : left;
    }

    private static RawDocument Reply(DocumentBuilder parts, long count) =>
        new DocumentBuilder { { "shards", parts }, { "n", RawValue.Narrow(count) } }.Build();
}
