using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sharding;

/// <summary>
/// An update that gives a document a shard key which another shard owns: removed here and inserted there in one transaction, the
/// client's own or, for a retryable write, one with its number.
/// </summary>
internal static class OwnershipMove
{
    /// <summary>Reads what a shard says of a document it may not keep; <see langword="null"/> where it says nothing of the kind.</summary>
    internal static RawDocument? Asked(RawDocument reply) =>
        reply["writeErrors"] is { Type: BsonType.Array } errors
        && errors.AsDocument["0"].AsDocument is var first
        && first["code"].ToInt64() == (int)ErrorCode.WouldChangeOwningShard
            ? first
            : null;

    /// <summary>Moves the document.</summary>
    internal static async ValueTask RunAsync(
        CommandContext context,
        Router router,
        Namespace ns,
        WritePlanner planner,
        ShardServer from,
        RawDocument move,
        CancellationToken cancellationToken
    )
    {
        var (before, after) = (move["preImage"].AsDocument, move["postImage"].AsDocument);
        var to = planner.ForInsert(after).Only!;
        var isOwn = !context.Session.IsTransaction;
        var filter = planner.Collection!.Key.DocumentKey(before);
        if (!isOwn)
        {
            await MoveAsync().ConfigureAwait(false);
            return;
        }

        var (session, number) = (context.Session.SessionId!.Value, context.Session.TxnNumber!.Value);
        var commit = new TwoPhaseCommit(router.Cluster, session, number);
        try
        {
            await MoveAsync().ConfigureAwait(false);
        }
        catch
        {
            await commit.AbortAsync([from, to], cancellationToken).ConfigureAwait(false);
            throw;
        }

        await commit.RunAsync([from, to], cancellationToken).ConfigureAwait(false);

        async ValueTask MoveAsync()
        {
            await SendAsync(context, router, from, Delete(ns, filter), isOwn, cancellationToken).ConfigureAwait(false);
            await SendAsync(context, router, to, Insert(ns, after), isOwn, cancellationToken).ConfigureAwait(false);
        }
    }

    private static (DocumentBuilder Command, string Field, RawDocument Item, string Database) Delete(
        Namespace ns,
        RawDocument filter
    ) =>
        (
            new() { { "delete", ns.Collection } },
            "deletes",
            new DocumentBuilder { { "q", filter }, { "limit", 1 } }.Build(),
            ns.Database
        );

    private static (DocumentBuilder Command, string Field, RawDocument Item, string Database) Insert(
        Namespace ns,
        RawDocument document
    ) => (new() { { "insert", ns.Collection } }, "documents", document, ns.Database);

    private static async ValueTask SendAsync(
        CommandContext context,
        Router router,
        ShardServer shard,
        (DocumentBuilder Command, string Field, RawDocument Item, string Database) write,
        bool isOwn,
        CancellationToken cancellationToken
    )
    {
        var command = write
            .Command.Add("lsid", context.Body["lsid"])
            .Add("txnNumber", context.Session.TxnNumber!.Value)
            .Add("autocommit", false);
        if (isOwn)
        {
            command.Add("startTransaction", true);
        }

        var request = new CommandRequest(
            command.Build(),
            write.Database,
            new Dictionary<string, IReadOnlyList<RawDocument>> { [write.Field] = [write.Item] }
        )
        {
            Routing = new(router.Table, shard.Name),
        };
        RawDocument reply;
        if (isOwn)
        {
            var member = await shard.FindPrimaryAsync(cancellationToken).ConfigureAwait(false);
            reply = await router.SendToAsync(context, shard, member, request, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            (_, reply) = await router
                .Transactions.SendAsync(context, shard, request, cancellationToken)
                .ConfigureAwait(false);
        }

        CommandBody.Check(reply);
        if (reply["writeErrors"] is { Type: BsonType.Array } errors)
        {
            var first = errors.AsDocument["0"].AsDocument;
            throw new CommandException(
                (ErrorCode)first["code"].ToInt64()!.Value,
                first["errmsg"].AsString,
                CommandBody.Without(first, "index", "code", "errmsg")
            );
        }
    }
}
