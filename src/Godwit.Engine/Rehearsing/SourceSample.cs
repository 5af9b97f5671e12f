namespace Godwit.Engine.Rehearsing;

/// <summary>What a source was seen to do for some seconds (H11).</summary>
/// <param name="BytesRead">Bytes of documents that were read as a copy reads them.</param>
/// <param name="BytesPerSecond">How fast that was; 0 where there was nothing to read.</param>
/// <param name="EventsPerSecond">Changes that came meanwhile.</param>
/// <param name="EventBytesPerSecond">Their bytes.</param>
/// <param name="Delay">How long a note that was written took to be passed by the change stream.</param>
/// <param name="UniqueIndexes">Indexes that a cutover has to make unique.</param>
internal sealed record SourceSample(
    long BytesRead,
    double BytesPerSecond,
    double EventsPerSecond,
    double EventBytesPerSecond,
    TimeSpan Delay,
    int UniqueIndexes
);
