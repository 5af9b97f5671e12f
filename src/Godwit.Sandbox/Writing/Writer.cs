using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Faults;
using Godwit.Sandbox.Storage;
using Godwit.Sandbox.TimeSeries;
using Godwit.Sandbox.Transactions;

namespace Godwit.Sandbox.Writing;

/// <summary>
/// Runs the write operations of one command: takes the write lock, waits for open transactions in the way and begins again, makes
/// missing collections, knows which statements were done before.
/// </summary>
internal sealed class Writer(CommandContext context)
{
    private readonly Node node = context.Node;
    private readonly Statement statement = WithFailPoint(context);
    private readonly bool bypassesValidation = context.Body["bypassDocumentValidation"].IsTruthy();

    private static Statement WithFailPoint(CommandContext context)
    {
        if (context.Statement.Retryable is { } retryable)
        {
            retryable.Committing = () => TransactionalWrite.Apply(context);
        }

        return context.Statement;
    }

    /// <summary>Whether the command is part of a multi-document transaction.</summary>
    internal bool IsInTransaction => statement.Transaction is not null;

    /// <summary>Whether the command is a retryable write.</summary>
    internal bool IsRetryable => statement.Retryable is not null;

    /// <summary>Refuses a document that the collection's validator does not take.</summary>
    internal void Validate(CollectionInfo collection, RawDocument document, RawDocument? before)
    {
        if (!bypassesValidation)
        {
            DocumentValidation.Check(context, collection, document, before);
        }
    }

    /// <summary>Runs one operation within the write lock; where a key belongs to an open transaction, waits for its end and runs again.</summary>
    internal async ValueTask<T> RunAsync<T>(Func<WriteOperation, T> body, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task blocker;
            try
            {
                lock (node.WriteLock)
                {
                    return RunUnderLock(body);
                }
            }
            catch (ClaimedException claimed)
            {
                blocker = claimed.Ended;
            }

            await WaitAsync(blocker, cancellationToken).ConfigureAwait(false);
        }
    }

    // Statements of a transaction wait for locks no longer than maxTransactionLockRequestTimeoutMillis says.
    private async ValueTask WaitAsync(Task blocker, CancellationToken cancellationToken)
    {
        if (!IsInTransaction || context.Member.Parameters.TransactionPatience is not { } patience)
        {
            await blocker.WaitAsync(cancellationToken).ConfigureAwait(false);
            return;
        }

        try
        {
            await blocker.WaitAsync(patience, context.Member.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new CommandException(
                ErrorCode.LockTimeout,
                $"Unable to acquire lock on '{context.Database}' within {(long)patience.TotalMilliseconds}ms."
            );
        }
    }

    /// <summary>Refuses a view, and a collection with another UUID than the client expects; of a write command, that fails each statement.</summary>
    /// <param name="ns">Where the command writes.</param>
    /// <param name="takesMeasurements">Whether the command knows what to do with a time-series collection.</param>
    internal void CheckIdentity(Namespace ns, bool takesMeasurements = false)
    {
        CollectionUuid.Check(context, ns, node.Catalog.Latest.Find(ns));
        if (!takesMeasurements || TimeSeriesCollection.Find(context, ns) is null)
        {
            CheckWritable(ns);
        }
    }

    /// <summary>Refuses views, and capped collections in transactions, whether or not anything would be written.</summary>
    internal void CheckWritable(Namespace ns)
    {
        if (IsInTransaction && node.Catalog.Latest.Find(ns) is { IsCapped: true })
        {
            throw new CommandException(
                ErrorCode.OperationNotSupportedInTransaction,
                $"Collection '{ns}' is a capped collection. Writes in transactions are not allowed on capped collections."
            );
        }

        if (node.Catalog.Latest.Find(ns) is { IsView: true })
        {
            throw new CommandException(
                ErrorCode.CommandNotSupportedOnView,
                $"Namespace {ns} is a view, not a collection"
            );
        }
    }

    /// <summary>The collection of a name as it is now.</summary>
    internal CollectionInfo? Find(Namespace ns) => node.Catalog.Latest.Find(ns);

    /// <summary>The collection of a name, made where there is none.</summary>
    internal CollectionInfo Ensure(WriteOperation operation, Namespace ns)
    {
        if (operation.Find(ns) is { } found)
        {
            return found;
        }

        if (operation.IsInTransaction)
        {
            return CatalogWriter.Create(operation, ns, RawDocument.Empty);
        }

        if (TimeSeriesCollection.IsBuckets(ns))
        {
            throw TimeSeriesCollection.WithoutOptions();
        }

        using var creation = new WriteOperation(node);
        var made = CatalogWriter.Create(creation, ns, RawDocument.Empty);
        creation.Commit();
        operation.View.Refresh();
        return made;
    }

    /// <summary>The statement id of a statement by its place in the command.</summary>
    internal int StatementId(int index) =>
        index < context.Session.StatementIds.Count ? context.Session.StatementIds[index] : FirstStatementId + index;

    /// <summary>What the oplog has of a statement that was done before.</summary>
    internal RetriedOperation? FindDone(int index) => statement.Retryable?.FindDone(StatementId(index));

    /// <summary>Whether any of some statements was done before.</summary>
    internal bool MayBeRetried(int start, int count) =>
        statement.Retryable is { } retryable
        && Enumerable.Range(start, count).Any(index => retryable.IsDone(StatementId(index)));

    /// <summary>Whether an error belongs to its statement, and not to the whole command.</summary>
    internal bool IsStatementError(CommandException error)
    {
        if (error.Code == ErrorCode.WouldChangeOwningShard)
        {
            // Nothing has failed: the router does the rest, in the same transaction.
            return true;
        }

        if (IsInTransaction)
        {
            statement.HasFailed = true;
            return error.Code
                is not (ErrorCode.WriteConflict or ErrorCode.SnapshotTooOld or ErrorCode.SnapshotUnavailable);
        }

        return error.Code is not (ErrorCode.NotWritablePrimary or ErrorCode.InterruptedDueToReplStateChange);
    }

    private T RunUnderLock<T>(Func<WriteOperation, T> body)
    {
        context.Member.CheckAcceptsWrites();
        using var pass = node.WriteBlock.LetPass(context.Member.Authorizer.MayBypassWriteBlock(context.Client));
        using var operation = new WriteOperation(
            node,
            statement.Transaction,
            statement.Retryable,
            context.Request.Routing
        )
        {
            IsMisplaced = Sharding.DirectWrites.Of(context),
        };
        return body(operation);
    }

    private int FirstStatementId => (int)(context.Body["stmtId"].ToInt64() ?? 0);
}
