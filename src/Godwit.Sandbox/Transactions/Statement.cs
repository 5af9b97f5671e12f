namespace Godwit.Sandbox.Transactions;

/// <summary>What one command is within its session: part of a transaction, a retryable write, or neither.</summary>
/// <param name="Session">The session, where a number was given.</param>
/// <param name="Transaction">The multi-document transaction it is part of.</param>
/// <param name="Retryable">The retryable write it is.</param>
internal sealed record Statement(SessionState? Session, TransactionState? Transaction, RetryableWrite? Retryable)
{
    /// <summary>A command without a number.</summary>
    internal static readonly Statement Plain = new(null, null, null);

    /// <summary>Set when an error that is told inside a reply ends the transaction all the same.</summary>
    internal bool HasFailed { get; set; }
}
