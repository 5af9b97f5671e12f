namespace Godwit.Cluster.Messages;

/// <summary>What a host shall do with a range: one of both.</summary>
/// <param name="Id">Of the order.</param>
/// <param name="Move">Move it.</param>
/// <param name="Sum">Sum it up on both sides.</param>
[GenerateSerializer]
internal sealed record RangeOrder(
    [property: Id(0)] Guid Id,
    [property: Id(1)] MoveOrder? Move,
    [property: Id(2)] SumOrder? Sum
);
