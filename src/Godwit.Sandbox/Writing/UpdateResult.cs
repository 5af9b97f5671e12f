using Godwit.Bson;
using Godwit.Sandbox.Transactions;

namespace Godwit.Sandbox.Writing;

/// <summary>What an update did.</summary>
internal sealed record UpdateResult
{
    /// <summary>Documents that matched.</summary>
    internal int Matched { get; init; }

    /// <summary>Documents that changed.</summary>
    internal int Modified { get; init; }

    /// <summary>The <c>_id</c> of a document inserted; missing if none was.</summary>
    internal RawValue Upserted { get; init; }

    /// <summary>The document before, of an update of one.</summary>
    internal RawDocument? Before { get; init; }

    /// <summary>The document after, of an update of one.</summary>
    internal RawDocument? After { get; init; }

    /// <summary>What a statement done before had done.</summary>
    internal static UpdateResult Of(RetriedOperation done) =>
        done.Kind == "i"
            ? new() { Upserted = done.Object["_id"], After = done.Object }
            : new() { Matched = 1, Modified = 1 };
}
