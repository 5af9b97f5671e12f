using System.Collections.Concurrent;
using Godwit.Bson;
using Godwit.Sandbox.Sessions;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Transactions;

/// <summary>A multi-document transaction: the point in time it reads at, its pending writes, and what it will say in the oplog.</summary>
internal sealed class TransactionState(
    LogicalSessionId session,
    long number,
    ClusterTime snapshot,
    DateTimeOffset started
) : ITransaction
{
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The session it belongs to.</summary>
    internal LogicalSessionId Session { get; } = session;

    /// <summary>Its number.</summary>
    internal long Number { get; } = number;

    /// <summary>The time all its reads see.</summary>
    internal ClusterTime Snapshot { get; } = snapshot;

    /// <summary>When its first statement came.</summary>
    internal DateTimeOffset Started { get; } = started;

    /// <summary>Idents of the collections it has read or written; DDL on them waits for its end.</summary>
    internal ConcurrentDictionary<uint, bool> Used { get; } = new();

    /// <summary>Pending writes.</summary>
    internal WriteUnit Unit { get; } = new();

    /// <summary>Operations for the oplog, in order.</summary>
    internal List<OplogDraft> Operations { get; } = [];

    /// <summary>How far it has come.</summary>
    internal TransactionStatus Status { get; private set; }

    /// <summary>The commit's place in the oplog.</summary>
    internal OpTime CommitOpTime { get; private set; } = OpTime.None;

    /// <inheritdoc/>
    public Task Ended => ended.Task;

    /// <summary>When it was prepared: it may come to be seen from any later time on.</summary>
    internal ClusterTime PreparedAt { get; private set; }

    /// <summary>Makes it ready for the decision of its coordinator.</summary>
    internal void Prepare(ClusterTime time) => (PreparedAt, Status) = (time, TransactionStatus.Prepared);

    /// <summary>Ends it. Whoever waits for its keys goes on.</summary>
    internal void End(TransactionStatus status, OpTime commit)
    {
        Status = status;
        CommitOpTime = commit;
        _ = ended.TrySetResult();
    }
}
