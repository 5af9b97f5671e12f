using Godwit.Bson;
using Godwit.Engine.Ports;
using Godwit.Engine.Remote;

namespace Godwit.Cluster.Messages;

/// <summary>A <see cref="LaneOrder"/> on its way.</summary>
[GenerateSerializer]
[Immutable]
internal sealed record LaneText
{
    [Id(0)]
    public Guid Session { get; init; }

    [Id(1)]
    public long FirstNumber { get; init; }

    [Id(2)]
    public int Tickets { get; init; }

    [Id(3)]
    public required TargetText[] Targets { get; init; }

    /// <summary>Where each event is, and which target it is of: <see cref="OrderedChange"/>, packed.</summary>
    [Id(4)]
    public required byte[] Changes { get; init; }

    internal static LaneText From(LaneOrder order) =>
        new()
        {
            Session = order.Tickets.First.Session,
            FirstNumber = order.Tickets.First.TransactionNumber,
            Tickets = order.Tickets.Size,
            Targets = [.. order.Targets.Select(TargetText.From)],
            Changes = Packed.Of<OrderedChange>([.. order.Changes]),
        };

    internal LaneOrder ToOrder() =>
        new(
            new(new(Session, FirstNumber), Tickets),
            [.. Targets.Select(target => target.ToTarget())],
            Packed.To<OrderedChange>(Changes)
        );
}

/// <summary>A <see cref="LaneTarget"/> on its way.</summary>
[GenerateSerializer]
[Immutable]
internal sealed record TargetText(
    [property: Id(0)] Guid Source,
    [property: Id(1)] string Name,
    [property: Id(2)] Guid Uuid,
    [property: Id(3)] byte[]? ShardKey,
    [property: Id(4)] bool IsUnique
)
{
    internal static TargetText From(LaneTarget target) =>
        new(
            target.Source,
            target.Destination.Name.ToString(),
            target.Destination.Uuid,
            target.ShardKey?.Pattern.Bytes.ToArray(),
            target.ShardKey?.IsUnique ?? false
        );

    internal LaneTarget ToTarget() =>
        new(
            Source,
            new(Namespace.Parse(Name), Uuid),
            ShardKey is null ? null : new ShardKey(new RawDocument(ShardKey), IsUnique)
        );
}
