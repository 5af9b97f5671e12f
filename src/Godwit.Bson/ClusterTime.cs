namespace Godwit.Bson;

/// <summary>A MongoDB <c>Timestamp</c>: the logical time of a cluster. Ordered; unrelated to any machine's wall clock.</summary>
/// <param name="Seconds">Seconds since the Unix epoch as the cluster counts them.</param>
/// <param name="Increment">Position within the second, from 1 on a running cluster.</param>
public readonly record struct ClusterTime(uint Seconds, uint Increment) : IComparable<ClusterTime>
{
    /// <summary>The smallest time, earlier than any operation.</summary>
    public static readonly ClusterTime Zero;

    /// <summary>The largest time that can be written.</summary>
    public static readonly ClusterTime MaxValue = new(uint.MaxValue, uint.MaxValue);

    /// <summary>Seconds in the high and increment in the low 32 bits, as on the wire.</summary>
    public ulong Packed => ((ulong)Seconds << 32) | Increment;

    /// <summary>The inverse of <see cref="Packed"/>.</summary>
    public static ClusterTime FromPacked(ulong packed) => new((uint)(packed >> 32), (uint)packed);

    /// <summary>The time directly after this one.</summary>
    public ClusterTime Next() => FromPacked(checked(Packed + 1));

    /// <summary>The time directly before this one; <see cref="Zero"/> stays <see cref="Zero"/>.</summary>
    public ClusterTime Previous() => Packed == 0 ? this : FromPacked(Packed - 1);

    /// <summary>The later of two times.</summary>
    public static ClusterTime Max(ClusterTime left, ClusterTime right) => left >= right ? left : right;

    /// <summary>The earlier of two times.</summary>
    public static ClusterTime Min(ClusterTime left, ClusterTime right) => left <= right ? left : right;

    /// <inheritdoc/>
    public int CompareTo(ClusterTime other) => Packed.CompareTo(other.Packed);

    /// <summary>Earlier than.</summary>
    public static bool operator <(ClusterTime left, ClusterTime right) => left.Packed < right.Packed;

    /// <summary>Later than.</summary>
    public static bool operator >(ClusterTime left, ClusterTime right) => left.Packed > right.Packed;

    /// <summary>Not later than.</summary>
    public static bool operator <=(ClusterTime left, ClusterTime right) => left.Packed <= right.Packed;

    /// <summary>Not earlier than.</summary>
    public static bool operator >=(ClusterTime left, ClusterTime right) => left.Packed >= right.Packed;

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Seconds}:{Increment}");
}
