using Godwit.Bson;
using Godwit.Sandbox.Sessions;
using Godwit.Sandbox.Transactions;

namespace Godwit.Sandbox.Sharding;

/// <summary>What a shard is asked and told of its part in a transaction.</summary>
internal static class TransactionTasks
{
    /// <summary>Whether it has written anything.</summary>
    internal static readonly ShardTask HasWritten = ShardTask.Of(
        "hasWritten",
        (member, input) => new() { { "hasWritten", Part(member, input) is { Operations.Count: > 0 } } }
    );

    /// <summary>Waits for the end of the part, and tells that it has come.</summary>
    internal static readonly ShardTask AwaitEnd = ShardTask.Awaited(
        "awaitEndOfPart",
        async (member, input, token) =>
        {
            if (Part(member, input) is { } part)
            {
                await part.Ended.WaitAsync(token).ConfigureAwait(false);
            }

            return [];
        }
    );

    /// <summary>Waits until its outcome is known.</summary>
    internal static readonly ShardTask Settle = ShardTask.Awaited(
        "settleTransaction",
        async (member, input, token) =>
        {
            await PreparedTransactions
                .SettleAsync(member.Node, Session(input), Number(input), token)
                .ConfigureAwait(false);
            return [];
        }
    );

    /// <summary>Writes down what it would do, and tells from when on it could be seen.</summary>
    internal static readonly ShardTask Prepare = ShardTask.OfMajority(
        "prepareTransaction",
        (member, input) =>
            new() { { "time", PreparedTransactions.Prepare(member.Node, Session(input), Number(input)) } }
    );

    /// <summary>Does what it has written down.</summary>
    internal static readonly ShardTask Commit = ShardTask.OfMajority(
        "commitPrepared",
        (member, input) =>
        {
            PreparedTransactions.Commit(member.Node, Session(input), Number(input), input["time"].AsTimestamp);
            return [];
        }
    );

    /// <summary>Does nothing of it.</summary>
    internal static readonly ShardTask Abort = ShardTask.OfMajority(
        "abortPrepared",
        (member, input) =>
        {
            PreparedTransactions.Abort(member.Node, Session(input), Number(input));
            return [];
        }
    );

    /// <summary>The arguments that name a transaction.</summary>
    internal static DocumentBuilder Of(LogicalSessionId session, long number) =>
        new() { { "lsid", session.ToDocument() }, { "txnNumber", number } };

    private static LogicalSessionId Session(TaskInput input) => LogicalSessionId.Parse(input["lsid"].AsDocument);

    private static long Number(TaskInput input) => input["txnNumber"].AsInt64;

    private static TransactionState? Part(Member member, TaskInput input)
    {
        var state = member.Node.Transactions.Sessions.Get(Session(input));
        return state.TxnNumber == Number(input) ? state.Transaction : null;
    }
}
