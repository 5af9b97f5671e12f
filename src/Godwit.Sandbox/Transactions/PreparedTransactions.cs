using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Sessions;
using Godwit.Sandbox.Storage;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Transactions;

/// <summary>
/// The shard's side of two-phase commit: first the operations go to the oplog, then the decision, with the time from which their
/// data are seen. A member that has become primary in between takes the operations from the oplog.
/// </summary>
internal static class PreparedTransactions
{
    /// <summary>Writes down what an open transaction would do; gives the time of that entry.</summary>
    internal static ClusterTime Prepare(Node node, LogicalSessionId session, long number)
    {
        lock (node.WriteLock)
        {
            var state = node.Transactions.Sessions.Get(session);
            var transaction = Find(state, number);
            if (transaction.Status == TransactionStatus.Prepared)
            {
                return state.LastWrite.Time;
            }

            if (transaction.Status != TransactionStatus.Open)
            {
                throw SessionErrors.Aborted(number);
            }

            if (transaction.Unit.CatalogChanges.Count > 0)
            {
                throw new CommandException(
                    ErrorCode.OperationNotSupportedInTransaction,
                    "Cannot create new collections inside distributed transactions"
                );
            }

            var record = new WriteUnit();
            record.Stamping.Add(time => node.Transactions.Sessions.Record(record, state, number, [], time, "prepared"));
            var prepared = node.Commit(record, TransactionTable.EntriesOf(transaction, isPrepared: true));
            transaction.Prepare(prepared.Time);
            return prepared.Time;
        }
    }

    /// <summary>Commits a prepared transaction; its data are seen from a time on. Done twice it changes nothing.</summary>
    internal static void Commit(Node node, LogicalSessionId session, long number, ClusterTime time)
    {
        lock (node.WriteLock)
        {
            var state = node.Transactions.Sessions.Get(session);
            var transaction = Find(state, number);
            if (transaction.Status == TransactionStatus.Committed)
            {
                return;
            }

            if (transaction.Status != TransactionStatus.Prepared)
            {
                throw SessionErrors.Aborted(number);
            }

            node.Clock.Advance(time);
            var command = new DocumentBuilder { { "commitTransaction", 1 }, { "commitTimestamp", time } };
            if (transaction.Operations.Count > 0)
            {
                End(node, state, transaction, transaction.Unit, command, time);
                return;
            }

            using var operation = new WriteOperation(node) { IsApplying = true };
            var applier = new OplogApplier(node);
            if (node.Oplog.Find(state.LastWrite.Time) is { } entry)
            {
                applier.EarlierParts(entry).ForEach(part => applier.ApplyInner(operation, part));
                applier.ApplyInner(operation, entry["o"].AsDocument);
            }

            End(node, state, transaction, operation.Unit, command, time);
        }
    }

    /// <summary>Aborts a transaction, prepared or not.</summary>
    internal static void Abort(Node node, LogicalSessionId session, long number)
    {
        lock (node.WriteLock)
        {
            var state = node.Transactions.Sessions.Get(session);
            if (state.TxnNumber != number || state.Transaction is not { } transaction)
            {
                return;
            }

            if (transaction.Status == TransactionStatus.Prepared)
            {
                End(node, state, transaction, new WriteUnit(), new() { { "abortTransaction", 1 } }, null);
            }
            else
            {
                node.Transactions.Abort(transaction);
            }
        }
    }

    /// <summary>
    /// Completes when the outcome of a transaction is known here, for someone who does not know whether its commit has begun: where it
    /// has not, it is aborted, so that it cannot begin any more.
    /// </summary>
    internal static Task SettleAsync(
        Node node,
        LogicalSessionId session,
        long number,
        CancellationToken cancellationToken
    )
    {
        var transaction = Find(node.Transactions.Sessions.Get(session), number);
        node.Transactions.Abort(transaction);
        return transaction.Ended.WaitAsync(cancellationToken);
    }

    private static void End(
        Node node,
        SessionState state,
        TransactionState transaction,
        WriteUnit unit,
        DocumentBuilder command,
        ClusterTime? time
    )
    {
        var isCommit = time is not null;
        unit.Stamping.Add(stamp =>
            node.Transactions.Sessions.Record(
                unit,
                state,
                transaction.Number,
                [],
                stamp,
                isCommit ? "committed" : "aborted"
            )
        );
        var draft = new OplogDraft("c", "admin.$cmd", command.Build())
        {
            Session = state.Id,
            TxnNumber = transaction.Number,
            Previous = state.LastWrite,
        };
        var ended = node.Commit(unit, time, [draft]);
        node.Claims.Release(transaction);
        transaction.End(isCommit ? TransactionStatus.Committed : TransactionStatus.Aborted, ended);
    }

    private static TransactionState Find(SessionState state, long number) =>
        state.TxnNumber == number && state.Transaction is { } transaction
            ? transaction
            : throw SessionErrors.NoSuchTransaction(number, state.TxnNumber);
}
