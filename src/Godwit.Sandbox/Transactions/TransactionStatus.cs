namespace Godwit.Sandbox.Transactions;

/// <summary>How far a multi-document transaction has come.</summary>
internal enum TransactionStatus
{
    /// <summary>It takes statements.</summary>
    Open,

    /// <summary>Ready to be committed or aborted, as its coordinator decides.</summary>
    Prepared,

    /// <summary>Committed: only commit may be said again.</summary>
    Committed,

    /// <summary>Aborted, by request or by an error.</summary>
    Aborted,
}
