using Godwit.Bson;

namespace Godwit.Sandbox.ChangeStreams;

/// <summary>One operation of the oplog: a plain entry, or one inside a transaction, seen with the times of the entry that completes it.</summary>
/// <param name="Operation">Fields <c>op</c>, <c>ns</c>, <c>ui</c>, <c>o</c>, <c>o2</c>.</param>
/// <param name="Time">Cluster time of the event: of the entry that completes the transaction.</param>
/// <param name="WallTime">Wall time of that entry.</param>
/// <param name="Index">Position within the whole transaction.</param>
/// <param name="SessionId"><c>lsid</c> for a multi-document transaction, else absent.</param>
/// <param name="TransactionNumber"><c>txnNumber</c> likewise.</param>
/// <param name="PreImageId">Time of the entry that holds the operation, and its position there.</param>
internal readonly record struct OplogOperation(
    RawDocument Operation,
    ClusterTime Time,
    RawValue WallTime,
    int Index,
    RawValue SessionId,
    RawValue TransactionNumber,
    (ClusterTime Time, long Index) PreImageId
)
{
    internal string Kind => Operation["op"].AsString;

    internal Namespace Namespace => Namespace.Parse(Operation["ns"].AsString);

    internal Guid? CollectionUuid => Operation.TryGet("ui", out var uuid) ? uuid.AsUuid : null;

    internal RawDocument Object => Operation["o"].AsDocument;

    internal bool IsFromMigration => Operation["fromMigrate"].IsTruthy();
}
