using System.Globalization;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Sessions;

namespace Godwit.Sandbox.Transactions;

/// <summary>Refusals about sessions and their numbers, in MongoDB's words.</summary>
internal static class SessionErrors
{
    internal static CommandException RetryableTooOld(SessionState session, long number) =>
        new(
            ErrorCode.TransactionTooOld,
            $"Retryable write with txnNumber {number} is prohibited on session {Name(session.Id)} because a newer {Kind(session)} with txnNumber {session.TxnNumber} has already started on this session."
        );

    internal static CommandException TransactionTooOld(SessionState session, long number) =>
        new(
            ErrorCode.TransactionTooOld,
            $"Cannot start transaction with {{ txnNumber: {number} }} on session {Name(session.Id)} because a newer {Kind(session)} with txnNumberAndRetryCounter {{ txnNumber: {session.TxnNumber}, txnRetryCounter: {RetryCounter(session)} }} has already started on this session."
        );

    internal static CommandException IncompleteHistory(LogicalSessionId session, long number) =>
        new(
            ErrorCode.IncompleteTransactionHistory,
            $"Incomplete history detected for transaction {number} on session {Name(session)}"
        );

    internal static CommandException ConvertedToTransaction() =>
        new(
            ErrorCode.IncompleteTransactionHistory,
            "Cannot retry a retryable write that has been converted into a transaction"
        );

    internal static CommandException NoSuchTransaction(long number, long active) =>
        new(
            ErrorCode.NoSuchTransaction,
            $"Given transaction number {number} does not match any in-progress transactions. The active transaction number is {active}"
        );

    internal static CommandException Aborted(long number) =>
        new(ErrorCode.NoSuchTransaction, $"Transaction with {{ txnNumber: {number} }} has been aborted.");

    internal static CommandException Committed(long number) =>
        new(ErrorCode.TransactionCommitted, $"Transaction with {{ txnNumber: {number} }} has been committed.");

    internal static CommandException Prepared() =>
        new(
            ErrorCode.PreparedTransactionInProgress,
            "cannot use a prepared transaction: its coordinator decides about it"
        );

    internal static CommandException NumberInUse() =>
        new(
            ErrorCode.ConflictingOperationInProgress,
            "Only servers in a sharded cluster can start a new transaction at the active transaction number"
        );

    private static string Name(LogicalSessionId session) =>
        $"{session.Id} - {Convert.ToBase64String(session.UserHash.Span)} -  - ";

    private static string Kind(SessionState session) => session.Transaction is null ? "retryable write" : "transaction";

    private static string RetryCounter(SessionState session) =>
        (session.Transaction is null ? -1 : 0).ToString(CultureInfo.InvariantCulture);
}
