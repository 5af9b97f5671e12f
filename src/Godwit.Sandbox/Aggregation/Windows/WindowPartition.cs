using Godwit.Bson;
using Godwit.Sandbox.Query;

namespace Godwit.Sandbox.Aggregation.Windows;

/// <summary>The documents of one partition in their order.</summary>
/// <param name="Documents">The documents.</param>
/// <param name="Order">By what they are sorted; <see langword="null"/> if by nothing.</param>
internal sealed record WindowPartition(IReadOnlyList<RawDocument> Documents, SortPattern? Order)
{
    /// <summary>What a document sorts by, where that is one field.</summary>
    internal RawValue SortValue(int index) => Documents[index][Order!.Parts[0].Path.Text];

    /// <summary>Whether a document sorts like the one before it.</summary>
    internal bool IsPeerOfPrevious(int index) =>
        Order!.EncodeKey(Documents[index]).AsSpan().SequenceEqual(Order.EncodeKey(Documents[index - 1]));
}

/// <summary>Gives each document of a partition the value of one field.</summary>
internal delegate IEnumerable<RawValue> WindowFunction(WindowPartition partition);
