using Godwit.Sandbox.Sessions;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Transactions;

/// <summary>What a member knows of a session's newest number: the retryable statements done under it, or the transaction it names.</summary>
internal sealed class SessionState(LogicalSessionId id)
{
    /// <summary>The session.</summary>
    internal LogicalSessionId Id { get; } = id;

    /// <summary>The newest transaction number seen; −1 for none.</summary>
    internal long TxnNumber { get; set; } = -1;

    /// <summary>The transaction of that number; <see langword="null"/> for retryable writes.</summary>
    internal TransactionState? Transaction { get; set; }

    /// <summary>The last oplog entry of that number.</summary>
    internal OpTime LastWrite { get; set; } = OpTime.None;

    /// <summary>Statements done under that number and their entries.</summary>
    internal Dictionary<int, OpTime> Statements { get; } = [];

    /// <summary>Whether statements of that number may have been done that are not known any more.</summary>
    internal bool IsHistoryIncomplete { get; set; }

    /// <summary>The record of the session in <c>config.transactions</c>, once there is one.</summary>
    internal byte[]? RecordKey { get; set; }

    /// <summary>One statement at a time uses a session.</summary>
    internal SemaphoreSlim Turn { get; } = new(1, 1);
}
