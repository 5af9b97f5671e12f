using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sharding;

/// <summary>
/// What the shards are doing, as a router shows it: each operation with its shard, and numbered by it
/// (document_source_current_op.cpp; sessions-sharded/sharded_handshake).
/// </summary>
internal static class RoutedOperations
{
    /// <summary>An operation interrupted.</summary>
    internal static readonly ShardTask KillTask = ShardTask.Of(
        "killOp",
        (member, input) =>
        {
            member.Operations.Kill((int)input["number"].ToInt64()!.Value);
            return [];
        }
    );

    /// <summary>The operations of all shards; those of the router itself with <c>localOps</c>.</summary>
    internal static async ValueTask<List<RawDocument>> ListAsync(
        CommandContext context,
        RawDocument options,
        CancellationToken cancellationToken
    )
    {
        if (options["localOps"].IsTruthy())
        {
            return [.. Diagnostics.CurrentOperations.List(context, Diagnostics.OperationQuery.OfStage(options))];
        }

        var router = context.Member.Router!;
        var stage = new DocumentBuilder { { "$currentOp", CommandBody.Without(options, "localOps") } };
        var body = new DocumentBuilder
        {
            { "aggregate", 1 },
            { "pipeline", new ArrayBuilder { stage }.Build() },
            {
                "cursor",
                new DocumentBuilder { { "batchSize", int.MaxValue } }
            },
        };
        var replies = await Scatter
            .SendAsync(context, router.Cluster.Shards, body.Build(), null, cancellationToken, "admin")
            .ConfigureAwait(false);
        Scatter.Check(replies);
        return
        [
            .. replies.SelectMany(entry =>
                entry
                    .Reply["cursor"]
                    .AsDocument["firstBatch"]
                    .AsDocument.Values()
                    .Select(operation => Named(operation.AsDocument, entry.Shard.Name))
            ),
        ];
    }

    /// <summary>Interrupts an operation: one of the router's by its number, one of a shard's as <c>shard:number</c>.</summary>
    internal static async ValueTask<DocumentBuilder> KillAsync(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var op = context.Body["op"];
        switch (op.Type)
        {
            case BsonType.Missing:
                throw new CommandException(50759, "Did not provide \"op\" field");
            case BsonType.String:
                return await KillAsync(router, op.AsString, cancellationToken).ConfigureAwait(false);
            default:
                if (op.ToInt64() is not { } number)
                {
                    throw new CommandException(
                        50760,
                        $"\"op\" field was of unsupported type {BsonTypeNames.NameOf(op.Type)}"
                    );
                }

                context.Member.Operations.Kill((int)number);
                return [];
        }
    }

    private static async ValueTask<DocumentBuilder> KillAsync(
        Router router,
        string op,
        CancellationToken cancellationToken
    )
    {
        var colon = op.IndexOf(':', StringComparison.Ordinal);
        if (op.Length < 3 || colon <= 0 || colon == op.Length - 1)
        {
            throw new CommandException(
                28625,
                $"The op argument to killOp must be of the format shardid:opid but found \"{op}\""
            );
        }

        var shard = router.Cluster.Shard(op[..colon]);
        if (!int.TryParse(op[(colon + 1)..], out var number))
        {
            throw new CommandException(ErrorCode.FailedToParse, $"Did not consume whole string.: {op[(colon + 1)..]}");
        }

        _ = await shard.DoAsync(KillTask, new() { { "number", number } }, cancellationToken).ConfigureAwait(false);
        return new() { { "shard", shard.Name }, { "shardid", number } };
    }

    private static RawDocument Named(RawDocument operation, string shard)
    {
        var named = new DocumentBuilder(operation.Length + 32) { { "shard", shard } };
        foreach (var element in operation)
        {
            switch (element.Name)
            {
                case "opid":
                    named.Add("opid", $"{shard}:{element.Value.ToInt64()}");
                    break;
                case "client":
                    named.Add("client_s", element.Value);
                    break;
                default:
                    named.Add(element);
                    break;
            }
        }

        return named.Build();
    }
}
