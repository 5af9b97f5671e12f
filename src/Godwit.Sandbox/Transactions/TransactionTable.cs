using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Sessions;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Transactions;

/// <summary>Leads sessions through their numbers: begins statements, ends them, commits and aborts transactions.</summary>
internal sealed class TransactionTable(Node node)
{
    private const int EntryBytesMax = 16 * 1024 * 1024;

    /// <summary>The sessions.</summary>
    internal SessionTable Sessions { get; } = new(node);

    /// <summary>How long a transaction may be open.</summary>
    internal TimeSpan Lifetime { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Begins a command that carries a transaction number; end it with <see cref="End"/>.</summary>
    /// <param name="options">The session fields of the request.</param>
    /// <param name="concern">The read concern, for the first statement of a transaction.</param>
    /// <param name="endsTransaction">Whether the command is commitTransaction or abortTransaction, which check for themselves.</param>
    /// <param name="cancellationToken">Ends the wait for the session's turn.</param>
    internal async ValueTask<Statement> BeginAsync(
        SessionOptions options,
        ReadConcern concern,
        bool endsTransaction,
        CancellationToken cancellationToken
    )
    {
        if (options.SessionId is not { } id || options.TxnNumber is not { } number)
        {
            return Statement.Plain;
        }

        var session = Sessions.Get(id);
        await session.Turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return options.IsTransaction
                ? BeginInTransaction(session, number, options.StartsTransaction, concern, endsTransaction)
                : BeginRetryable(session, number);
        }
        catch
        {
            session.Turn.Release();
            throw;
        }
    }

    /// <summary>Ends a command; a transaction whose statement failed is aborted.</summary>
    internal void End(Statement statement, bool hasFailed)
    {
        if (statement.Session is not { } session)
        {
            return;
        }

        if ((hasFailed || statement.HasFailed) && statement.Transaction is { Status: TransactionStatus.Open } open)
        {
            Abort(open);
        }

        session.Turn.Release();
    }

    /// <summary>Commits an open transaction. One that wrote nothing leaves no entry.</summary>
    internal void Commit(SessionState session, TransactionState transaction)
    {
        lock (node.WriteLock)
        {
            var time = OpTime.None;
            if (transaction.Operations.Count > 0)
            {
                var drafts = EntriesOf(transaction);
                transaction.Unit.Stamping.Add(stamp =>
                    Sessions.Record(transaction.Unit, session, transaction.Number, [], stamp, "committed")
                );
                time = node.Commit(transaction.Unit, drafts);
            }

            node.Claims.Release(transaction);
            transaction.End(TransactionStatus.Committed, time);
        }
    }

    /// <summary>Aborts an open transaction.</summary>
    internal void Abort(TransactionState transaction)
    {
        lock (node.WriteLock)
        {
            if (transaction.Status == TransactionStatus.Open)
            {
                node.Claims.Release(transaction);
                transaction.End(TransactionStatus.Aborted, OpTime.None);
            }
        }
    }

    /// <summary>Aborts all open transactions: the member is no longer primary.</summary>
    internal void AbortAll() => AbortWhere(_ => true);

    /// <summary>Aborts transactions that have been open for too long.</summary>
    internal void AbortExpired()
    {
        var oldest = node.Options.Time.GetUtcNow() - Lifetime;
        AbortWhere(transaction => transaction.Started < oldest);
    }

    /// <summary>Aborts the open transactions for which a condition holds.</summary>
    internal void AbortWhere(Func<TransactionState, bool> condition)
    {
        foreach (var session in Sessions.InMemory)
        {
            if (session.Transaction is { Status: TransactionStatus.Open } open && condition(open))
            {
                Abort(open);
            }
        }
    }

    /// <summary>
    /// The end of all transactions that were prepared by a time: whether they are seen at that time is not decided before.
    /// </summary>
    internal Task EndOfPreparedAsync(ClusterTime time) =>
        Task.WhenAll(
            Open.Where(transaction =>
                    transaction.Status == TransactionStatus.Prepared && transaction.PreparedAt <= time
                )
                .Select(transaction => transaction.Ended)
        );

    /// <summary>The transactions open now.</summary>
    internal IEnumerable<TransactionState> Open =>
        Sessions
            .InMemory.Select(session => session.Transaction)
            .OfType<TransactionState>()
            .Where(t => t.Status is TransactionStatus.Open or TransactionStatus.Prepared);

    private Statement BeginRetryable(SessionState session, long number)
    {
        if (number < session.TxnNumber)
        {
            throw SessionErrors.RetryableTooOld(session, number);
        }

        if (number == session.TxnNumber)
        {
            if (session.Transaction is not null)
            {
                throw SessionErrors.ConvertedToTransaction();
            }

            if (session.IsHistoryIncomplete)
            {
                throw SessionErrors.IncompleteHistory(session.Id, number);
            }
        }
        else
        {
            AbortOpen(session);
            SessionTable.Begin(session, number, null);
        }

        return new(session, null, new(node, Sessions, session, number));
    }

    private Statement BeginInTransaction(
        SessionState session,
        long number,
        bool starts,
        ReadConcern concern,
        bool endsTransaction
    )
    {
        if (number < session.TxnNumber)
        {
            throw SessionErrors.TransactionTooOld(session, number);
        }

        if (starts)
        {
            return Start(session, number, concern);
        }

        if (number > session.TxnNumber || session.Transaction is not { } transaction)
        {
            throw SessionErrors.NoSuchTransaction(number, session.TxnNumber);
        }

        if (!endsTransaction && transaction.Status != TransactionStatus.Open)
        {
            throw transaction.Status == TransactionStatus.Committed
                ? SessionErrors.Committed(number)
                : SessionErrors.Aborted(number);
        }

        return new(session, transaction, null);
    }

    private Statement Start(SessionState session, long number, ReadConcern concern)
    {
        // A shard turns a retryable write that has done nothing yet into a transaction, when its router asks for that.
        var isConverted = node.Options.IsInCluster && session is { Transaction: null, Statements.Count: 0 };
        if (number == session.TxnNumber && !isConverted)
        {
            throw SessionErrors.NumberInUse();
        }

        AbortOpen(session);
        var snapshot = concern.AtClusterTime ?? Newest();
        var transaction = new TransactionState(session.Id, number, snapshot, node.Options.Time.GetUtcNow());
        SessionTable.Begin(session, number, transaction);
        return new(session, transaction, null);
    }

    /// <summary>
    /// The time at which a transaction sees everything. On a shard that has written nothing since, the last write may lie before a chunk
    /// became its own: by then its documents are there, but were another's.
    /// </summary>
    private ClusterTime Newest() =>
        node.Options.IsInCluster ? ClusterTime.Max(node.LastApplied.Time, node.Clock.Now) : node.LastApplied.Time;

    private void AbortOpen(SessionState session)
    {
        if (session.Transaction is { Status: TransactionStatus.Open } open)
        {
            Abort(open);
        }
    }

    /// <summary>The oplog entries of a transaction's operations.</summary>
    internal static List<OplogDraft> EntriesOf(TransactionState transaction, bool isPrepared = false)
    {
        var entries = new List<OplogDraft>();
        var pending = new ArrayBuilder();
        foreach (var operation in transaction.Operations)
        {
            var inner = RawValue.Document(operation.BuildInner());
            if (pending.Count > 0 && pending.Length + inner.Bytes.Length + 16 > EntryBytesMax)
            {
                entries.Add(
                    Entry(transaction, pending, isPartial: true, isPrepared: false, count: null, entries.Count)
                );
                pending = new();
            }

            pending.Add(inner);
        }

        long? count = entries.Count > 0 ? transaction.Operations.Count : null;
        entries.Add(Entry(transaction, pending, isPartial: false, isPrepared, count, entries.Count));
        return entries;
    }

    private static OplogDraft Entry(
        TransactionState transaction,
        ArrayBuilder operations,
        bool isPartial,
        bool isPrepared,
        long? count,
        int position
    )
    {
        var content = new DocumentBuilder(operations.Length + 64) { { "applyOps", operations.Build() } };
        if (isPartial)
        {
            content.Add("partialTxn", true);
        }

        if (isPrepared)
        {
            content.Add("prepare", true);
        }

        if (count is { } total)
        {
            content.Add("count", total);
        }

        return new("c", "admin.$cmd", content.Build())
        {
            Session = transaction.Session,
            TxnNumber = transaction.Number,
            Previous = new(ClusterTime.Zero, -1),
            IsChained = position > 0,
        };
    }
}
