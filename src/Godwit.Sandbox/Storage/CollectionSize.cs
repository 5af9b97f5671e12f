namespace Godwit.Sandbox.Storage;

/// <summary>How much is in a collection, or by how much that changes.</summary>
/// <param name="Records">Number of documents.</param>
/// <param name="Bytes">Their length together.</param>
internal readonly record struct CollectionSize(long Records, long Bytes)
{
    /// <summary>Both together.</summary>
    public static CollectionSize operator +(CollectionSize left, CollectionSize right) =>
        new(left.Records + right.Records, left.Bytes + right.Bytes);
}
