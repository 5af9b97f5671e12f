using Godwit.Bson;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Transactions;

/// <summary>An operation found in the oplog for a statement that comes a second time.</summary>
/// <param name="Operation">The oplog operation, from an entry of its own or out of an applyOps.</param>
/// <param name="Time">Time of the entry.</param>
internal sealed record RetriedOperation(RawDocument Operation, OpTime Time)
{
    /// <summary>i, u or d.</summary>
    internal string Kind => Operation["op"].AsString;

    /// <summary>The document inserted, or the change.</summary>
    internal RawDocument Object => Operation["o"].AsDocument;

    /// <summary><c>preImage</c> or <c>postImage</c> if the entry asks for one.</summary>
    internal string? RetryImage =>
        Operation["needsRetryImage"] is { Type: BsonType.String } kind ? kind.AsString : null;

    /// <summary>Picks the operation of a statement out of an entry.</summary>
    internal static RetriedOperation Find(RawDocument entry, int statement, OpTime time)
    {
        if (entry["op"].AsString != "c")
        {
            return new(entry, time);
        }

        var inner = entry["o"].AsDocument["applyOps"].AsDocument.Values();
        return new(inner.First(operation => IsOf(operation.AsDocument["stmtId"], statement)).AsDocument, time);
    }

    private static bool IsOf(RawValue ids, int statement) =>
        ids.Type == BsonType.Array
            ? ids.AsDocument.Values().Any(id => id.ToInt64() == statement)
            : ids.ToInt64() == statement;
}
