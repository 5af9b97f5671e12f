using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sharding.Commands;

/// <summary><c>distinct</c>: the different values of all shards.</summary>
internal sealed class RoutedDistinct() : RoutedCommand("distinct")
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

        Check(context);
        var collation = RoutedReads.CollationOf(context, collection);
        var filter = RoutedReads.FilterOf(context, context.Arguments.Document("query"), collation);
        var values = new SortedSet<RawValue>(new ValueComparer(collation));
        foreach (var shard in RoutedReads.Shards(context, collection, filter, collation))
        {
            var (_, reply) = await router
                .Transactions.ForwardAsync(context, shard, null, cancellationToken)
                .ConfigureAwait(false);
            values.UnionWith(CommandBody.Own(reply)["values"].AsDocument.Values());
        }

        return new DocumentBuilder { { "values", RawValue.Array(values) } }.Build();
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
            return new DocumentBuilder { { "values", new ArrayBuilder().Build() } }.Build();
        }

        if (
            await ViewRouting.FindShardedAsync(router, home, ns, cancellationToken).ConfigureAwait(false)
            is not { } view
        )
        {
            return await ForwardAsync(context, home, cancellationToken).ConfigureAwait(false);
        }

        // As MongoDB has it: a view is asked by a pipeline (parsed_distinct.cpp, asAggregation).
        var field = "$" + context.Arguments.RequiredString("key");
        var unwind = new DocumentBuilder { { "path", field }, { "preserveNullAndEmptyArrays", true } };
        var group = new DocumentBuilder
        {
            { "_id", RawValue.Null },
            {
                "distinct",
                new DocumentBuilder { { "$addToSet", field } }
            },
        };
        var stages = new List<RawDocument>();
        if (context.Arguments.Document("query") is { IsEmpty: false } query)
        {
            stages.Add(new DocumentBuilder { { "$match", query } }.Build());
        }

        stages.Add(new DocumentBuilder { { "$unwind", unwind } }.Build());
        stages.Add(new DocumentBuilder { { "$group", group } }.Build());
        var reply = await RoutedAggregate
            .RunAsync(context, router, view, stages, cancellationToken)
            .ConfigureAwait(false);
        var found = reply["cursor"].AsDocument["firstBatch"].AsDocument["0"];
        IEnumerable<RawValue> values =
            found.Type == BsonType.Document ? found.AsDocument["distinct"].AsDocument.Values() : [];
        return new DocumentBuilder { { "values", RawValue.Array(values.Order(ValueComparer.Binary)) } }.Build();
    }

    private static void Check(CommandContext context)
    {
        if (context.Session.IsTransaction)
        {
            throw new CommandException(
                ErrorCode.OperationNotSupportedInTransaction,
                "Cannot run 'distinct' on a sharded collection in a multi-document transaction. Please see http://dochub.mongodb.org/core/transaction-distinct for a recommended alternative."
            );
        }

        if (context.ReadConcern.Level == ReadConcernLevel.Snapshot)
        {
            throw new CommandException(
                ErrorCode.InvalidOptions,
                "Cannot run 'distinct' on a sharded collection with readConcern level 'snapshot'"
            );
        }
    }
}
