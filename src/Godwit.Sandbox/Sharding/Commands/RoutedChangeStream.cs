using Godwit.Bson;
using Godwit.Sandbox.Aggregation.Stages;
using Godwit.Sandbox.ChangeStreams;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Cursors;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Reading;

namespace Godwit.Sandbox.Sharding.Commands;

/// <summary><c>$changeStream</c> through a router: the oplogs of all shards in one order.</summary>
internal static class RoutedChangeStream
{
    /// <summary>Opens the stream and makes the first reply.</summary>
    internal static RawDocument Open(
        CommandContext context,
        Router router,
        Namespace ns,
        IReadOnlyList<RawDocument> stages
    )
    {
        Check(stages[0]);
        var histories = router.Cluster.Shards.Select(shard => new ShardHistory(router.Cluster, shard)).ToList();
        var place = StageContext.For(
            context,
            ns,
            Collations.Of(context.Arguments.Document("collation")),
            context.Arguments.Document("let")
        ) with
        {
            Place = PipelinePlace.ChangeStream,
        };
        var stream = ChangeStreamOpening.Parse(
            context,
            ns,
            stages,
            further => Pipeline.Parse(further, place).PerDocument(),
            histories
        );
        var cursor = context.Arguments.Document("cursor") ?? RawDocument.Empty;
        return context.Member.Cursors.OpenReply(
            context,
            new RoutedStreamSource(stream, histories, router.Cluster.Time),
            new CursorOptions(ns.Collection.Length == 0 ? new(ns.Database, "$cmd.aggregate") : ns)
            {
                BatchSize = (int?)cursor["batchSize"].ToInt64(),
                Failure = "PlanExecutor error during aggregation",
                IsTailable = true,
                IsAwaitData = true,
            }
        );
    }

    private static void Check(RawDocument stage)
    {
        if (
            stage["$changeStream"] is { Type: BsonType.Document } specification
            && specification.AsDocument["showMigrationEvents"].IsTruthy()
        )
        {
            throw new CommandException(31123, "Change streams from mongos may not show migration events");
        }
    }
}
