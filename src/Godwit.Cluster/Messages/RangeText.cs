using Godwit.Bson;
using Godwit.Engine.Ports;

namespace Godwit.Cluster.Messages;

/// <summary>
/// A <see cref="RangeRead"/> on its way. No connection string is in it, and no rule for documents: each host has been given its own.
/// </summary>
[GenerateSerializer]
internal sealed record RangeText
{
    [Id(0)]
    public required string Name { get; init; }

    [Id(1)]
    public Guid Uuid { get; init; }

    [Id(2)]
    public uint AtSeconds { get; init; }

    [Id(3)]
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
    public byte Order { get; init; }

    [Id(9)]
    public long DocumentBytes { get; init; }

    internal static RangeText Of(RangeRead read) =>
        new()
        {
            Name = read.Collection.Name.ToString(),
            Uuid = read.Collection.Uuid,
            AtSeconds = read.At.Seconds,
            AtIncrement = read.At.Increment,
            LowerType = (byte)read.Lower.Type,
            Lower = read.Lower.Bytes.ToArray(),
            UpperType = (byte)read.Upper.Type,
            Upper = read.Upper.Bytes.ToArray(),
            Order = (byte)read.Order,
            DocumentBytes = read.DocumentBytes,
        };

    internal RangeRead ToRead() =>
        new(
            new(Namespace.Parse(Name), Uuid),
            new(AtSeconds, AtIncrement),
            new((BsonType)LowerType, Lower),
            new((BsonType)UpperType, Upper),
            (ReadOrder)Order,
            DocumentBytes: DocumentBytes
        );
}
