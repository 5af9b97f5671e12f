using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Query;
using Godwit.Sandbox.Reading;
using Godwit.Sandbox.Sessions;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Sharding;

/// <summary>
/// Finds the shard on which a statement for one document is to be done, where the filter does not tell: the one that has the first
/// document that matches; where there is none, for an upsert, the one that will own the new document.
/// </summary>
internal sealed class OneDocument(CommandContext context, Router router, Namespace ns, WritePlanner planner)
{
    /// <summary>Whether a shard has done a statement of a retryable write before.</summary>
    internal static readonly ShardTask IsDoneTask = ShardTask.Of(
        "isDone",
        (member, input) =>
        {
            var session = member.Node.Transactions.Sessions.Get(LogicalSessionId.Parse(input["lsid"].AsDocument));
            return new()
            {
                {
                    "isDone",
                    session.TxnNumber == input["txnNumber"].AsInt64
                        && session.Statements.ContainsKey((int)input["statement"].ToInt64()!.Value)
                },
            };
        }
    );

    /// <summary>For a statement of an update or delete; <see langword="null"/> where there is nothing to be done.</summary>
    internal async ValueTask<ShardServer?> FindShardAsync(
        WritePlan plan,
        RawDocument statement,
        int? statementId,
        CancellationToken cancellationToken
    )
    {
        if (await DoneBeforeAsync(plan, statementId ?? 0, cancellationToken).ConfigureAwait(false) is { } done)
        {
            return done;
        }

        var find = new DocumentBuilder
        {
            { "filter", statement["q"] },
            { "sort", statement["sort"] },
            { "collation", statement["collation"] },
            { "let", context.Body["let"] },
        };
        return await FindAsync(plan, find, cancellationToken).ConfigureAwait(false)
            ?? (
                statement["upsert"].IsTruthy()
                    ? OwnerOfNew(UpdateStatement.Parse(statement, keepsEmptyTimestamps: false))
                    : null
            );
    }

    /// <summary>For a findAndModify.</summary>
    internal async ValueTask<ShardServer> FindShardAsync(WritePlan plan, CancellationToken cancellationToken)
    {
        if (await DoneBeforeAsync(plan, 0, cancellationToken).ConfigureAwait(false) is { } done)
        {
            return done;
        }

        var body = context.Body;
        var find = new DocumentBuilder
        {
            { "filter", body["query"] },
            { "sort", body["sort"] },
            { "collation", body["collation"] },
            { "let", body["let"] },
        };
        var found = await FindAsync(plan, find, cancellationToken).ConfigureAwait(false);
        if (found is not null || !body["upsert"].IsTruthy())
        {
            return found ?? plan.Shards[0];
        }

        var arguments = context.Arguments;
        return OwnerOfNew(
            new UpdateStatement(arguments.Document("query") ?? RawDocument.Empty, body["update"])
            {
                IsUpsert = true,
                Collation = arguments.Document("collation"),
                ArrayFilters = arguments.Documents("arrayFilters") ?? [],
            }
        );
    }

    private async ValueTask<ShardServer?> FindAsync(
        WritePlan plan,
        DocumentBuilder what,
        CancellationToken cancellationToken
    )
    {
        var command = new DocumentBuilder { { "find", ns.Collection } }
            .AddAll(what.Build())
            .Add("limit", 1L);
        var generic = CommandBody.Without(context.Body, "writeConcern");
        var body = context.Session.IsTransaction
            ? CommandBody.AppendGeneric(command, generic).Build()
            : command.Add("readConcern", new DocumentBuilder { { "level", "local" } }).Build();
        var order =
            what.Build()["sort"] is { Type: BsonType.Document } sort && !sort.AsDocument.IsEmpty
                ? SortPattern.Parse(sort.AsDocument, Collations.Of(context.Arguments.Document("collation")))
                : null;
        (ShardServer Shard, byte[] Key)? best = null;
        foreach (var shard in plan.Shards)
        {
            var request = new CommandRequest(body, ns.Database) { Routing = new(router.Table, shard.Name) };
            var (_, reply) = await router
                .Transactions.SendAsync(context, shard, request, cancellationToken)
                .ConfigureAwait(false);
            CommandBody.Check(reply);
            var first = reply["cursor"].AsDocument["firstBatch"].AsDocument["0"];
            if (first.IsMissing)
            {
                continue;
            }

            if (order is null)
            {
                return shard;
            }

            var key = order.EncodeKey(first.AsDocument);
            best = best is { } other && key.AsSpan().SequenceCompareTo(other.Key) >= 0 ? best : (shard, key);
        }

        return best?.Shard;
    }

    /// <summary>A statement sent again is done where it was done, whatever matches now.</summary>
    private async ValueTask<ShardServer?> DoneBeforeAsync(
        WritePlan plan,
        int statement,
        CancellationToken cancellationToken
    )
    {
        if (context.Session is not { IsRetryableWrite: true, SessionId: { } id, TxnNumber: { } number })
        {
            return null;
        }

        foreach (var shard in plan.Shards)
        {
            var known = await shard
                .DoAsync(
                    IsDoneTask,
                    new()
                    {
                        { "lsid", id.ToDocument() },
                        { "txnNumber", number },
                        { "statement", statement },
                    },
                    cancellationToken
                )
                .ConfigureAwait(false);
            if (known["isDone"].IsTruthy())
            {
                return shard;
            }
        }

        return null;
    }

    private ShardServer OwnerOfNew(UpdateStatement statement)
    {
        var query = statement.Query(context, null);
        var document = statement.Program(context, query).Upsert(statement.Filter);
        var stored = DocumentRules.ForInsert(document, context.Node, keepsEmptyTimestamps: true);
        return planner.ForInsert(stored).Only!;
    }
}
