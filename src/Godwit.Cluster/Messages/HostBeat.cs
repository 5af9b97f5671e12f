namespace Godwit.Cluster.Messages;

/// <summary>What every host tells the leader about once a second.</summary>
/// <param name="HostId">Of the process.</param>
/// <param name="Host">Its name, for people.</param>
/// <param name="Version">Of Godwit.</param>
/// <param name="Settings">Hash of what it was told to migrate, and how.</param>
/// <param name="Now">Its wall clock.</param>
/// <param name="Orders">Those it is at work on.</param>
/// <param name="Moved">Documents that it has moved so far.</param>
/// <param name="Compared">Documents that it has compared so far.</param>
/// <param name="Fault">Why its last range failed there; <see langword="null"/> if it did not.</param>
/// <param name="MovedBytes">Bytes of the documents that it has moved.</param>
/// <param name="Streams">Change streams that it carries.</param>
/// <param name="Written">Changes that it has written so far.</param>
/// <param name="WrittenBytes">Their bytes.</param>
[GenerateSerializer]
internal sealed record HostBeat(
    [property: Id(0)] Guid HostId,
    [property: Id(1)] string Host,
    [property: Id(2)] string Version,
    [property: Id(3)] string Settings,
    [property: Id(4)] DateTimeOffset Now,
    [property: Id(5)] Guid[] Orders,
    [property: Id(6)] long Moved = 0,
    [property: Id(7)] long Compared = 0,
    [property: Id(8)] string? Fault = null,
    [property: Id(9)] long MovedBytes = 0,
    [property: Id(10)] int Streams = 0,
    [property: Id(11)] long Written = 0,
    [property: Id(12)] long WrittenBytes = 0
);
