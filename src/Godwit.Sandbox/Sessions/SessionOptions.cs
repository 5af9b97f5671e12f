namespace Godwit.Sandbox.Sessions;

/// <summary>The session fields of one request as sent; <see cref="SessionChecks"/> has refused combinations that make no sense.</summary>
/// <param name="SessionId">The session, if any.</param>
/// <param name="TxnNumber">Number of the transaction or retryable write.</param>
/// <param name="Autocommit">The field as sent; false for a statement of a multi-document transaction.</param>
/// <param name="StartTransaction">The field as sent; true for a transaction's first statement.</param>
/// <param name="StatementIds">Statement ids given by the client; empty for the default (0, 1, …).</param>
internal sealed record SessionOptions(
    LogicalSessionId? SessionId,
    long? TxnNumber,
    bool? Autocommit,
    bool? StartTransaction,
    IReadOnlyList<int> StatementIds
)
{
    /// <summary>A request without session.</summary>
    internal static readonly SessionOptions None = new(null, null, null, null, []);

    /// <summary>Whether the statement belongs to a multi-document transaction.</summary>
    internal bool IsTransaction => Autocommit == false;

    /// <summary>Whether it is the transaction's first statement.</summary>
    internal bool StartsTransaction => StartTransaction == true;

    /// <summary>Whether the request is a retryable write.</summary>
    internal bool IsRetryableWrite => TxnNumber is not null && !IsTransaction;
}
