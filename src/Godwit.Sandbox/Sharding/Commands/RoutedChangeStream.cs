using Godwit.Bson;
using Godwit.Sandbox.Aggregation.Stages;
using Godwit.Sandbox.ChangeStreams;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Cursors;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sharding.Commands;

/// <summary><c>$changeStream</c> through a router: the oplogs of all shards in one order.</summary>
internal static class RoutedChangeStream
{
    // A shard without a primary raises nothing: whether it has one again is looked up.
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(100);

    // One in another process is asked for its news.
    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(20);

    /// <summary>Opens the stream and makes the first reply.</summary>
    internal static async ValueTask<RawDocument> OpenAsync(
        CommandContext context,
        Router router,
        Namespace ns,
        IReadOnlyList<RawDocument> stages,
        CancellationToken cancellationToken
    )
    {
        Check(stages[0]);
        var needs = HistoryNeeds.Of(stages[0]);
        var known = new HashSet<string>(StringComparer.Ordinal);
        var histories = new List<ShardHistory>();
        Join();
        foreach (var history in histories)
        {
            await history.PrepareAsync(ClusterTime.MaxValue, cancellationToken).ConfigureAwait(false);
        }

        var place = StageContext.ForChangeStream(context, ns);
        var stream = ChangeStreamOpening.Parse(
            context,
            ns,
            stages,
            further => Pipeline.Parse(further, place).PerDocument(),
            histories
        );
        stream.Joining = Join;
        await stream.PrepareAsync(cancellationToken).ConfigureAwait(false);
        stream.CheckFragment();
        var cursor = context.Arguments.Document("cursor") ?? RawDocument.Empty;
        return context.Member.Cursors.OpenReply(
            context,
            new ChangeStreamSource(stream, News),
            new CursorOptions(ns.Collection.Length == 0 ? new(ns.Database, "$cmd.aggregate") : ns)
            {
                BatchSize = AggregateCommand.BatchSize(cursor),
                Failure = "PlanExecutor error during aggregation",
                IsTailable = true,
                IsAwaitData = true,
            }
        );

        // A shard that is added later is followed, too: a cursor is opened on it (document_source_change_stream_handle_topology_change.cpp).
        void Join() =>
            histories.AddRange(
                router.Cluster.Shards.Where(shard => known.Add(shard.Name)).Select(shard => shard.OpenHistory(needs))
            );

        IEnumerable<Task> News(CancellationToken token) =>
            [
                .. histories.Select(history => history.News).OfType<Task>(),
                Task.Delay(router.Cluster.TakesRemoteShards ? AskAgain : LookAgain, router.Cluster.Time, token),
            ];
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
