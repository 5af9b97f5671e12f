namespace Godwit.Cluster.Leading;

/// <summary>What one of the other hosts does of a migration, and has done.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Ranges">Ranges it is at work on.</param>
/// <param name="Moved">Documents that it has moved.</param>
/// <param name="MovedBytes">Their bytes.</param>
/// <param name="Compared">Documents that it has compared.</param>
/// <param name="Starts">How often its process was started meanwhile.</param>
/// <param name="IsSilent">Whether it has not been heard of for long.</param>
/// <param name="Fault">Why its last range failed there; <see langword="null"/> if it did not.</param>
/// <param name="Streams">Change streams that it carries.</param>
/// <param name="Written">Changes that it has written.</param>
/// <param name="WrittenBytes">Their bytes.</param>
internal sealed record HostShare(
    string Name,
    int Ranges,
    long Moved,
    long MovedBytes,
    long Compared,
    int Starts,
    bool IsSilent,
    string? Fault,
    int Streams = 0,
    long Written = 0,
    long WrittenBytes = 0
);
