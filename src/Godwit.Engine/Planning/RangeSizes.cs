namespace Godwit.Engine.Planning;

/// <summary>
/// How large ranges are: they grow with their collection, so that what is kept of each (in memory, on the destination, and by sampling
/// for its bounds) stays in proportion; and they stay small enough to be read at one snapshot (S7).
/// </summary>
internal static class RangeSizes
{
    /// <summary>About so many ranges a collection is cut into at most, as long as they stay below <see cref="Largest"/>.</summary>
    private const long Most = 100_000;

    /// <summary>At a few megabytes a second a range of so many bytes is read before its snapshot, of five minutes, is gone.</summary>
    internal const long Largest = 1024 * 1024 * 1024;

    /// <summary>Bytes of a range.</summary>
    /// <param name="collectionBytes">What the collection holds.</param>
    /// <param name="smallest">Bytes that no range has to be smaller than.</param>
    internal static long Of(long collectionBytes, long smallest) =>
        Math.Max(smallest, Math.Min(collectionBytes / Most, Largest));
}
