using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Explaining;

namespace Godwit.Sandbox.Sharding.Commands;

/// <summary>
/// <c>explain</c>: asks the shards that the command would go to, and shows what they say one beside the other (cluster_explain.cpp;
/// sessions-sharded/shard_collection, steps 74 and 75).
/// </summary>
internal sealed class RoutedExplain() : RoutedCommand("explain")
{
    /// <inheritdoc/>
    protected override async ValueTask<RawDocument> RouteAsync(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var inner = context.Arguments.RequiredDocument("explain");
        var name = inner.IsEmpty ? "" : inner.First().Name;
        var command =
            CommandTable.Find(name)
            ?? throw new CommandException(ErrorCode.CommandNotFound, $"Explain failed due to unknown command: {name}");
        var explained = context.For(new CommandRequest(inner, context.Database), command.Traits);
        switch (command.Traits.Name)
        {
            case "aggregate":
                return await PipelineExplanation
                    .OfAsync(explained, router, context.Body["verbosity"], cancellationToken)
                    .ConfigureAwait(false);
            case "find"
            or "count"
            or "distinct"
                when await ViewRouting
                    .IsViewAsync(router, explained.Collection(), cancellationToken)
                    .ConfigureAwait(false):
                var aggregate = new CommandRequest(ViewExplanation.AsAggregate(explained), context.Database);
                return await PipelineExplanation
                    .OfAsync(
                        context.For(aggregate, CommandTable.Find("aggregate")!.Traits),
                        router,
                        context.Body["verbosity"],
                        cancellationToken
                    )
                    .ConfigureAwait(false);
            case "find" or "count" or "distinct" or "update" or "delete" or "findAndModify":
                var started = context.Member.Time.GetTimestamp();
                var replies = await Scatter
                    .SendAsync(context, Targets(explained, router), context.Body, null, cancellationToken)
                    .ConfigureAwait(false);
                Scatter.Check(replies);
                var elapsed = context.Member.Time.GetElapsedTime(started);
                return Build(explained, StageOf(explained, replies.Count), elapsed, replies);
            default:
                throw new CommandException(ErrorCode.IllegalOperation, $"Cannot explain cmd: {name}");
        }
    }

    private static IReadOnlyList<ShardServer> Targets(CommandContext context, Router router)
    {
        var ns = context.Collection();
        if (router.Table.Find(ns) is not { IsUnsplittable: false } collection)
        {
            return [router.HomeOf(ns) ?? router.Cluster.AnyShard];
        }

        var asked = context.Traits.Name switch
        {
            "find" => context.Arguments.Document("filter"),
            "update" => One(context, "updates")["q"].AsDocument,
            "delete" => One(context, "deletes")["q"].AsDocument,
            _ => context.Arguments.Document("query"),
        };
        var collation = RoutedReads.CollationOf(context, collection);
        return RoutedReads.Shards(context, collection, RoutedReads.FilterOf(context, asked, collation), collation);
    }

    private static RawDocument One(CommandContext context, string field) =>
        context.RequiredDocuments(field) is [var only]
            ? only
            : throw new CommandException(ErrorCode.InvalidLength, "explained write batches must be of size 1");

    private static string StageOf(CommandContext context, int shards) =>
        context.Traits.Name is "update" or "delete" or "findAndModify" ? "SHARD_WRITE"
        : shards == 1 ? "SINGLE_SHARD"
        : context.Traits.Name == "find" && context.Arguments.Document("sort") is { IsEmpty: false } ? "SHARD_MERGE_SORT"
        : "SHARD_MERGE";

    private static RawDocument Build(
        CommandContext context,
        string stage,
        TimeSpan elapsed,
        List<(ShardServer Shard, RawDocument Reply)> replies
    )
    {
        var shards = replies.Select(entry =>
            RawValue.Document(
                new DocumentBuilder
                {
                    { "explainVersion", entry.Reply["explainVersion"] },
                    { "shardName", entry.Shard.Name },
                    { "connectionString", entry.Shard.ConnectionString },
                    { "serverInfo", entry.Reply["serverInfo"] },
                }
                    .AddAll(entry.Reply["queryPlanner"].AsDocument)
                    .Build()
            )
        );
        var planner = new DocumentBuilder
        {
            // Gone in 8.0.
            { "mongosPlannerVersion", context.Member.Profile.Version.Major < 8 ? 1 : RawValue.Missing },
            {
                "winningPlan",
                new DocumentBuilder { { "stage", stage }, { "shards", RawValue.Array(shards) } }
            },
        };
        var reply = new DocumentBuilder
        {
            { "queryPlanner", planner },
            { "executionStats", Execution(stage, (int)elapsed.TotalMilliseconds, replies) },
            { "queryShapeHash", replies[0].Reply["queryShapeHash"] },
            { "serverInfo", Explanation.Server(context.Member) },
            { "serverParameters", Explanation.ServerParameters },
        };
        return Explanation.AppendCommand(reply, context).Build();
    }

    private static RawValue Execution(
        string stage,
        int milliseconds,
        List<(ShardServer Shard, RawDocument Reply)> replies
    )
    {
        var parts = replies.ConvertAll(entry => (entry.Shard.Name, Stats: entry.Reply["executionStats"]));
        if (parts[0].Stats.Type != BsonType.Document)
        {
            return default;
        }

        var figures = new DocumentBuilder
        {
            { "nReturned", Sum("nReturned") },
            { "executionTimeMillis", milliseconds },
            { "totalKeysExamined", Sum("totalKeysExamined") },
            { "totalDocsExamined", Sum("totalDocsExamined") },
        }.Build();
        var shards = parts.Select(part =>
            RawValue.Document(
                new DocumentBuilder { { "shardName", part.Name } }
                    .AddAll(part.Stats.AsDocument)
                    .Build()
            )
        );
        var stages = new DocumentBuilder { { "stage", stage } }
            .AddAll(figures)
            .Add("totalChildMillis", (long)Sum("executionTimeMillis"))
            .Add("shards", RawValue.Array(shards));
        var execution = new DocumentBuilder().AddAll(figures).Add("executionStages", stages);
        if (parts[0].Stats.AsDocument.Has("allPlansExecution"))
        {
            var plans = parts.Select(part =>
                (RawValue)
                    new DocumentBuilder
                    {
                        { "shardName", part.Name },
                        { "allPlans", part.Stats.AsDocument["allPlansExecution"] },
                    }
            );
            execution.Add("allPlansExecution", RawValue.Array(plans));
        }

        return execution;

        int Sum(string field) => (int)parts.Sum(part => part.Stats.AsDocument[field].ToInt64() ?? 0);
    }
}
