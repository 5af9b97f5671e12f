using Godwit.Bson;
using Godwit.Sandbox.Commands;

namespace Godwit.Sandbox.Sharding;

/// <summary>Sends the end of a transaction to one shard.</summary>
internal static class TransactionEnd
{
    /// <summary>Sends <c>commitTransaction</c> or <c>abortTransaction</c>; gives the reply, errors included.</summary>
    internal static async ValueTask<RawDocument> SendAsync(
        CommandContext context,
        ShardServer shard,
        string command,
        CancellationToken cancellationToken
    )
    {
        var session = context.Session;
        var body = new DocumentBuilder
        {
            { command, 1 },
            { "lsid", context.Body["lsid"] },
            { "txnNumber", session.TxnNumber!.Value },
            { "autocommit", false },
            { "writeConcern", context.Body["writeConcern"] },
        };
        var member = await shard.FindPrimaryAsync(cancellationToken).ConfigureAwait(false);
        return await context
            .Member.Router!.SendToAsync(context, shard, member, new(body.Build(), "admin"), cancellationToken)
            .ConfigureAwait(false);
    }
}
