using Godwit.Bson;
using Godwit.Engine.Copying;

namespace Godwit.Cluster.Messages;

/// <summary>A range that a host shall move: a <see cref="RangeMove"/> on its way.</summary>
[GenerateSerializer]
internal sealed record MoveOrder
{
    [Id(0)]
    public required RangeText Read { get; init; }

    [Id(1)]
    public required string DestinationName { get; init; }

    [Id(2)]
    public Guid DestinationUuid { get; init; }

    [Id(3)]
    public bool IsOrdered { get; init; }

    [Id(4)]
    public bool MayRepeatIds { get; init; }

    [Id(5)]
    public Guid Session { get; init; }

    [Id(6)]
    public long FirstNumber { get; init; }

    internal static MoveOrder Of(RangeMove move) =>
        new()
        {
            Read = RangeText.Of(move.Read),
            DestinationName = move.Destination.Name.ToString(),
            DestinationUuid = move.Destination.Uuid,
            IsOrdered = move.IsOrdered,
            MayRepeatIds = move.MayRepeatIds,
            Session = move.Tickets.First.Session,
            FirstNumber = move.Tickets.First.TransactionNumber,
        };

    internal RangeMove ToMove() =>
        new(
            Read.ToRead(),
            new(Namespace.Parse(DestinationName), DestinationUuid),
            IsOrdered,
            MayRepeatIds,
            new(new(Session, FirstNumber))
        );
}
