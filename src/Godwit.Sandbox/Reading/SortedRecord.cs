using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Reading;

/// <summary>A record on its way through a sort.</summary>
/// <param name="Key">What it sorts by, as key string.</param>
/// <param name="Sequence">Its place in the input, which decides among equals.</param>
/// <param name="Record">The record.</param>
internal readonly record struct SortedRecord(byte[] Key, long Sequence, StoredRecord Record) : IComparable<SortedRecord>
{
    /// <inheritdoc/>
    public int CompareTo(SortedRecord other)
    {
        var order = Key.AsSpan().SequenceCompareTo(other.Key);
        return order != 0 ? order : Sequence.CompareTo(other.Sequence);
    }
}
