using Godwit.Bson;
using Godwit.Sandbox.Commands;

namespace Godwit.Sandbox.Sharding;

/// <summary>A write of one document found by searching: done on its shard in a transaction of the router's own, as MongoDB does.</summary>
internal static class InternalTransaction
{
    private const int AttemptsMax = 10;

    /// <summary>Runs one request in a transaction of its own; gives the reply of the write.</summary>
    internal static async ValueTask<RawDocument> RunAsync(
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
            if (reply["ok"].ToInt64() != 1)
            {
                if (
                    attempt < AttemptsMax
                    && reply["errorLabels"].ToString().Contains("TransientTransactionError", StringComparison.Ordinal)
                )
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
