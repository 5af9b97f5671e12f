using Godwit.Bson;

namespace Godwit.Engine.Ports;

/// <summary>
/// The session and transaction number a data write carries (S17). The same ticket with the same statements may be sent again after
/// a lost answer: the server executes it once. A ticket below one that a later epoch has written is refused (<c>Fenced</c>).
/// </summary>
/// <param name="Session">The <c>lsid.id</c>.</param>
/// <param name="TransactionNumber">The <c>txnNumber</c>: epoch in the high bits, then a counter.</param>
internal readonly record struct WriteTicket(Guid Session, long TransactionNumber);

/// <summary>Which write command a batch is for.</summary>
internal enum WriteKind
{
    /// <summary>Statements are the documents.</summary>
    Insert,

    /// <summary>Statements are as <c>update</c> takes them: <c>{q, u, upsert, …}</c>.</summary>
    Update,

    /// <summary>Statements are as <c>delete</c> takes them: <c>{q, limit: 1}</c>.</summary>
    Delete,
}

/// <summary>A write command on one collection, sent with majority, validators bypassed, empty timestamps kept where the probe allows.</summary>
/// <param name="Collection">Where to.</param>
/// <param name="Kind">Which command.</param>
/// <param name="Statements">Its statements, within the server's limits (48 MB, 100 000); the caller keeps owning them.</param>
/// <param name="Ordered">Whether the first failing statement ends the command.</param>
internal readonly record struct WriteCommand(
    CollectionAddress Collection,
    WriteKind Kind,
    DocumentBatch Statements,
    bool Ordered
);

/// <summary>A statement the server refused.</summary>
/// <param name="Index">Its place in the batch.</param>
/// <param name="Code">The server's error code, such as 11000.</param>
/// <param name="Message">The server's text.</param>
/// <param name="KeyValue">For duplicates, the conflicting index key; else empty.</param>
internal readonly record struct StatementError(int Index, int Code, string Message, RawDocument KeyValue);

/// <summary>What became of a write command that was answered.</summary>
/// <param name="Count">The reply's <c>n</c>: documents inserted, matched (or upserted), deleted.</param>
/// <param name="Errors">The refused statements.</param>
/// <param name="OperationTime">The reply's operation time.</param>
internal sealed record WriteOutcome(int Count, IReadOnlyList<StatementError> Errors, ClusterTime OperationTime);
