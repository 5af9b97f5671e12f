namespace Godwit.Cluster.Messages;

/// <summary>What a host shall do with a stream: one of the three.</summary>
/// <param name="Id">Of the order.</param>
/// <param name="Stream">Of the stream.</param>
/// <param name="Open">Open it.</param>
/// <param name="Write">Write events of it that the host keeps.</param>
/// <param name="IsClose">Close it.</param>
[GenerateSerializer]
[Immutable]
internal sealed record ChangeOrder(
    [property: Id(0)] Guid Id,
    [property: Id(1)] Guid Stream,
    [property: Id(2)] StreamText? Open = null,
    [property: Id(3)] LaneText? Write = null,
    [property: Id(4)] bool IsClose = false
);
