namespace Godwit.Simulation;

/// <summary>Bounds of the engine that decide how far it scales.</summary>
/// <param name="RangeBytesSmallest">Bytes that no range is smaller than.</param>
/// <param name="RangesMost">Ranges of a collection, as long as they are not larger than the largest.</param>
/// <param name="RangeBytesLargest">Bytes that no range is larger than, on average.</param>
/// <param name="SamplesPerRange">Keys drawn to find the bounds of a range.</param>
/// <param name="SamplesMost">Keys drawn in all, one a range at least.</param>
/// <param name="RemoteRanges">Ranges that all other hosts together move at once.</param>
public sealed record Design(
    double RangeBytesSmallest,
    double RangesMost,
    double RangeBytesLargest,
    double SamplesPerRange,
    double SamplesMost,
    int RemoteRanges
)
{
    private const double Mebibyte = 1024 * 1024;

    /// <summary>As the engine is.</summary>
    public static Design Now { get; } = new(64 * Mebibyte, 100_000, 1024 * Mebibyte, 20, 500_000, 512);

    /// <summary>As it was before the simulation: all ranges alike, and one range a host with 64 hosts.</summary>
    public static Design Before { get; } = new(64 * Mebibyte, double.MaxValue, 64 * Mebibyte, 20, double.MaxValue, 64);

    /// <summary>Ranges that a collection of so many bytes is cut into.</summary>
    public long Ranges(double bytes) =>
        (long)Math.Ceiling(bytes / Math.Clamp(bytes / RangesMost, RangeBytesSmallest, RangeBytesLargest));

    /// <summary>Keys drawn for each range.</summary>
    public int Samples(long ranges) => (int)Math.Clamp(Math.Floor(SamplesMost / ranges), 1, SamplesPerRange);
}
