using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Transactions;

namespace Godwit.Sandbox.Commands;

/// <summary><c>commitTransaction</c>: makes the writes of a transaction visible at once.</summary>
internal sealed class CommitTransactionCommand : SynchronousCommand
{
    /// <inheritdoc/>
    public override CommandTraits Traits { get; } =
        new("commitTransaction")
        {
            Fields = CommandTraits.FieldSet("commitTimestamp", "durableTimestamp", "recoveryToken"),
            IsAdminOnly = true,
            RunsInTransaction = true,
            EndsTransaction = true,
            TakesWriteConcern = true,
            IsInApiVersion1 = true,
            NamesCollection = false,
            Help = "Commits a transaction",
        };

    /// <inheritdoc/>
    protected override RawDocument Execute(CommandContext context)
    {
        if (context.Statement is not { Session: { } session, Transaction: { } transaction })
        {
            throw new CommandException(ErrorCode.CommandFailed, "commitTransaction must be run within a transaction");
        }

        switch (transaction.Status)
        {
            case TransactionStatus.Aborted:
                throw SessionErrors.Aborted(transaction.Number);
            case TransactionStatus.Open:
                context.Node.Transactions.Commit(session, transaction);
                break;
            case TransactionStatus.Prepared:
                throw SessionErrors.Prepared();
            case TransactionStatus.Committed:
                break;
        }

        return RawDocument.Empty;
    }
}
