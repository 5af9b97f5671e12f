using Godwit.Bson;
using Godwit.Engine.Copying;
using Godwit.Engine.Ports;

namespace Godwit.Cluster.Messages;

/// <summary>A range that a host shall move: a <see cref="RangeMove"/> on its way. No connection string is in it: each host has its own.</summary>
[GenerateSerializer]
internal sealed record MoveOrder
{
    [Id(0)]
    public Guid Id { get; init; }

    [Id(1)]
    public required string SourceName { get; init; }

    [Id(2)]
    public Guid SourceUuid { get; init; }

    [Id(3)]
    public uint AtSeconds { get; init; }

    [Id(16)]
    public uint AtIncrement { get; init; }

    [Id(4)]
    public byte LowerType { get; init; }

    [Id(5)]
    public required byte[] Lower { get; init; }

    [Id(6)]
    public byte UpperType { get; init; }

    [Id(7)]
    public required byte[] Upper { get; init; }

    [Id(8)]
    public bool IsNatural { get; init; }

    [Id(9)]
    public long DocumentBytes { get; init; }

    [Id(10)]
    public required string DestinationName { get; init; }

    [Id(11)]
    public Guid DestinationUuid { get; init; }

    [Id(12)]
    public bool IsOrdered { get; init; }

    [Id(13)]
    public bool MayRepeatIds { get; init; }

    [Id(14)]
    public Guid Session { get; init; }

    [Id(15)]
    public long FirstNumber { get; init; }

    internal static MoveOrder Of(Guid id, RangeMove move) =>
        new()
        {
            Id = id,
            SourceName = move.Read.Collection.Name.ToString(),
            SourceUuid = move.Read.Collection.Uuid,
            AtSeconds = move.Read.At.Seconds,
            AtIncrement = move.Read.At.Increment,
            LowerType = (byte)move.Read.Lower.Type,
            Lower = move.Read.Lower.Bytes.ToArray(),
            UpperType = (byte)move.Read.Upper.Type,
            Upper = move.Read.Upper.Bytes.ToArray(),
            IsNatural = move.Read.Order == ReadOrder.Natural,
            DocumentBytes = move.Read.DocumentBytes,
            DestinationName = move.Destination.Name.ToString(),
            DestinationUuid = move.Destination.Uuid,
            IsOrdered = move.IsOrdered,
            MayRepeatIds = move.MayRepeatIds,
            Session = move.Tickets.First.Session,
            FirstNumber = move.Tickets.First.TransactionNumber,
        };

    internal RangeMove ToMove() =>
        new(
            new(
                new(Namespace.Parse(SourceName), SourceUuid),
                new(AtSeconds, AtIncrement),
                new((BsonType)LowerType, Lower),
                new((BsonType)UpperType, Upper),
                IsNatural ? ReadOrder.Natural : ReadOrder.ById,
                DocumentBytes: DocumentBytes
            ),
            new(Namespace.Parse(DestinationName), DestinationUuid),
            IsOrdered,
            MayRepeatIds,
            new(new(Session, FirstNumber))
        );
}
