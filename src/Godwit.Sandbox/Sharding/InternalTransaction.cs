using Godwit.Bson;
using Godwit.Sandbox.Commands;

namespace Godwit.Sandbox.Sharding;

/// <summary>A write of one document found by searching: done on its shard in a transaction of the router's own, as MongoDB does.</summary>
internal static class InternalTransaction
{
    private const int AttemptsMax = 10;

    /// <summary>Sends a write; in a transaction of its own if its document was searched for, unless the client's session has one or repeats it.</summary>
    internal static async ValueTask<RawDocument> SendAsync(
        CommandContext context,
        ShardServer shard,
        CommandRequest request,
        bool isSearched,
        CancellationToken cancellationToken
    )
    {
        if (isSearched && !context.Session.IsTransaction && !context.Session.IsRetryableWrite)
        {
            return await RunAsync(context, shard, request, cancellationToken).ConfigureAwait(false);
        }

        var (_, reply) = await context
            .Member.Router!.Transactions.SendAsync(context, shard, request, cancellationToken)
            .ConfigureAwait(false);
        return reply;
    }

    /// <summary>Runs one request in a transaction of its own; gives the reply of the write.</summary>
    private static async ValueTask<RawDocument> RunAsync(
        CommandContext context,
        ShardServer shard,
        CommandRequest request,
        CancellationToken cancellationToken
    )
    {
        var router = context.Member.Router!;
        for (var attempt = 1; ; attempt++)
        {
            var session = new DocumentBuilder { { "id", RawValue.Uuid(Guid.NewGuid()) } }.Build();
            var body = CommandBody.With(
                request.Body,
                ("lsid", session),
                ("txnNumber", 1L),
                ("autocommit", false),
                ("startTransaction", true),
                ("writeConcern", RawValue.Missing)
            );
            var (member, reply) = await router
                .SendAsync(context, shard, request.With(body), cancellationToken)
                .ConfigureAwait(false);
            if (CommandBody.ErrorOf(reply) is { } refusal)
            {
                if (attempt < AttemptsMax && refusal.Labels.Contains("TransientTransactionError"))
                {
                    continue;
                }

                return reply;
            }

            if (reply.Has("writeErrors"))
            {
                return reply;
            }

            var commit = new DocumentBuilder
            {
                { "commitTransaction", 1 },
                { "lsid", session },
                { "txnNumber", 1L },
                { "autocommit", false },
                { "writeConcern", context.Body["writeConcern"] },
            };
            var outcome = await router
                .SendToAsync(context, shard, member, new(commit.Build(), "admin"), cancellationToken)
                .ConfigureAwait(false);
            return outcome["ok"].ToInt64() == 1 ? reply : outcome;
        }
    }
}
