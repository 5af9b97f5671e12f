namespace Godwit.Sandbox.Storage;

/// <summary>A logical key and its family, compared by content.</summary>
/// <param name="Family">Where the key lives.</param>
/// <param name="Bytes">The logical key.</param>
internal readonly record struct UnitKey(Family Family, byte[] Bytes)
{
    /// <summary>By family, then by bytes.</summary>
    internal static readonly IComparer<UnitKey> Order = Comparer<UnitKey>.Create(
        (left, right) =>
            left.Family != right.Family
                ? left.Family.CompareTo(right.Family)
                : left.Bytes.AsSpan().SequenceCompareTo(right.Bytes)
    );

    /// <inheritdoc/>
    public bool Equals(UnitKey other) => Family == other.Family && Bytes.AsSpan().SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.Add((byte)Family);
        hash.AddBytes(Bytes);
        return hash.ToHashCode();
    }
}
