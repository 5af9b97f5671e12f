using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Transactions;

namespace Godwit.Sandbox.Commands;

/// <summary><c>abortTransaction</c>: forgets the writes of a transaction.</summary>
internal sealed class AbortTransactionCommand : SynchronousCommand
{
    /// <inheritdoc/>
    public override CommandTraits Traits { get; } =
        new("abortTransaction")
        {
            Fields = CommandTraits.FieldSet("recoveryToken"),
            IsAdminOnly = true,
            RunsInTransaction = true,
            EndsTransaction = true,
            TakesWriteConcern = true,
            IsInApiVersion1 = true,
            NamesCollection = false,
            Help = "Aborts a transaction",
        };

    /// <inheritdoc/>
    protected override RawDocument Execute(CommandContext context)
    {
        if (context.Statement.Transaction is not { } transaction)
        {
            throw new CommandException(ErrorCode.CommandFailed, "abortTransaction must be run within a transaction");
        }

        switch (transaction.Status)
        {
            case TransactionStatus.Aborted:
                throw SessionErrors.Aborted(transaction.Number);
            case TransactionStatus.Committed:
                throw SessionErrors.Committed(transaction.Number);
            case TransactionStatus.Open:
                context.Node.Transactions.Abort(transaction);
                break;
        }

        return RawDocument.Empty;
    }
}
