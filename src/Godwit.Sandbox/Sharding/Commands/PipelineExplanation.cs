using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Explaining;

namespace Godwit.Sandbox.Sharding.Commands;

/// <summary>Explains a pipeline through a router: how it is cut, and what each shard says of its part (appendExplainResults, sharded_agg_helpers.cpp).</summary>
internal static class PipelineExplanation
{
    /// <summary>The explanation.</summary>
    /// <param name="context">The aggregation.</param>
    /// <param name="router">The router.</param>
    /// <param name="verbosity">How much is asked for; the plan only, where nothing is said.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    internal static async ValueTask<RawDocument> OfAsync(
        CommandContext context,
        Router router,
        RawValue verbosity,
        CancellationToken cancellationToken
    )
    {
        var ns = AggregateCommand.Target(context);
        var stages = context.RequiredDocuments("pipeline");
        var (asked, isPacked) = (ns, false);
        if (router.Table.Find(ns) is not { IsUnsplittable: false } collection)
        {
            var home = router.HomeOf(ns) ?? router.Cluster.AnyShard;
            if (
                await ViewRouting.FindShardedAsync(router, home, ns, cancellationToken).ConfigureAwait(false)
                is not { } view
            )
            {
                var single = await AskAsync(context, ns, [home], stages, verbosity, cancellationToken)
                    .ConfigureAwait(false);
                return CommandBody.Own(single[0].Reply);
            }

            collection = router.Table.Find(view.Collection)!;
            stages = [.. view.Stages, .. stages];
            (asked, isPacked) = (view.Asked, view.IsPacked);
        }

        var readable = ForeignNames.Written(stages, ns.Database) is null ? stages : [.. stages.Take(stages.Count - 1)];
        var whole = PipelineSplit.Of(readable);
        var collation = RoutedReads.CollationOf(context, collection);
        // Filters on measurements say nothing of where their buckets are.
        var match = readable.Count > 0 && !isPacked ? readable[0]["$match"] : default;
        var shards = RoutedReads.Shards(
            context,
            collection,
            RoutedReads.FilterOf(context, match.Type == BsonType.Document ? match.AsDocument : null, collation),
            collation
        );
        var isCut = shards.Count > 1 || ForeignNames.Read(stages, ns.Database).Any();
        var replies = await AskAsync(
                context,
                asked,
                shards,
                isCut ? whole.OnShards : stages,
                verbosity,
                cancellationToken
            )
            .ConfigureAwait(false);
        var reply = new DocumentBuilder();
        if (isCut)
        {
            reply.Add("mergeType", "mongos").Add("splitPipeline", Split(collection.Namespace, whole));
        }
        else
        {
            reply.Add("splitPipeline", RawValue.Null);
        }

        reply.Add("shards", Shown(replies));
        return Explanation.AppendServer(reply, context).Build();
    }

    private static async ValueTask<List<(ShardServer Shard, RawDocument Reply)>> AskAsync(
        CommandContext context,
        Namespace asked,
        IReadOnlyList<ShardServer> shards,
        IReadOnlyList<RawDocument> stages,
        RawValue verbosity,
        CancellationToken cancellationToken
    )
    {
        var aggregate = CommandBody.With(
            CommandBody.Without(context.Body, "explain"),
            (
                "aggregate",
                context.Body["aggregate"].Type == BsonType.String ? asked.Collection : context.Body["aggregate"]
            ),
            ("pipeline", RawValue.Array(stages.Select(RawValue.Document))),
            ("cursor", RawDocument.Empty)
        );
        var explain = new DocumentBuilder
        {
            { "explain", aggregate },
            { "verbosity", verbosity.IsMissing ? "queryPlanner" : verbosity },
        };
        var replies = new List<(ShardServer, RawDocument)>();
        foreach (var shard in shards)
        {
            var request = new CommandRequest(explain.Build(), context.Database)
            {
                Routing = new(context.Member.Router!.Table, shard.Name),
            };
            var (_, reply) = await context
                .Member.Router!.Transactions.SendAsync(context, shard, request, cancellationToken)
                .ConfigureAwait(false);
            CommandBody.Check(reply);
            replies.Add((shard, reply));
        }

        return replies;
    }

    private static DocumentBuilder Split(Namespace ns, PipelineSplit split)
    {
        var cursors = new DocumentBuilder
        {
            {
                "$mergeCursors",
                new DocumentBuilder
                {
                    { "sort", split.Order is { } order ? order : RawValue.Missing },
                    { "compareWholeSortKey", split.Order is null ? RawValue.Missing : false },
                    { "tailableMode", "normal" },
                    { "nss", ns.ToString() },
                    { "allowPartialResults", false },
                    { "recordRemoteOpWaitTime", false },
                    { "requestQueryStatsFromRemotes", false },
                }
            },
        };
        return new()
        {
            { "shardsPart", RawValue.Array(split.OnShards.Select(RawValue.Document)) },
            { "mergerPart", RawValue.Array([cursors, .. split.OnRouter.Select(RawValue.Document)]) },
        };
    }

    private static DocumentBuilder Shown(List<(ShardServer Shard, RawDocument Reply)> replies)
    {
        var shards = new DocumentBuilder();
        foreach (var (shard, reply) in replies)
        {
            var part = new DocumentBuilder
            {
                { "host", shard.Hosts[0] },
                { "explainVersion", reply["explainVersion"] },
            };
            if (reply.Has("stages"))
            {
                part.Add("stages", reply["stages"]);
            }
            else
            {
                part.Add("queryPlanner", reply["queryPlanner"]).Add("executionStats", reply["executionStats"]);
            }

            shards.Add(shard.Name, part);
        }

        return shards;
    }
}
