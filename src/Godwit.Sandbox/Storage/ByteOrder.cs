namespace Godwit.Sandbox.Storage;

/// <summary>Compares keys by their bytes.</summary>
internal static class ByteOrder
{
    /// <summary>Order by content.</summary>
    internal static readonly IComparer<byte[]> Comparer = Comparer<byte[]>.Create(
        (left, right) => left.AsSpan().SequenceCompareTo(right)
    );

    /// <summary>Equality by content.</summary>
    internal static readonly IEqualityComparer<byte[]> Equality = EqualityComparer<byte[]>.Create(
        (left, right) => left.AsSpan().SequenceEqual(right),
        bytes =>
        {
            var hash = default(HashCode);
            hash.AddBytes(bytes);
            return hash.ToHashCode();
        }
    );
}
