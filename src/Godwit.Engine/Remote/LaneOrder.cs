using Godwit.Bson;
using Godwit.Engine.Pacing;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Remote;

/// <summary>Events that a host keeps and shall write, in order, as one lane (S9, S14).</summary>
/// <param name="Tickets">Its tickets: whoever gives the order closes them if the host does not answer (S17).</param>
/// <param name="Targets">The collections they are of.</param>
/// <param name="Changes">The events.</param>
internal sealed record LaneOrder(
    TicketBlock Tickets,
    IReadOnlyList<LaneTarget> Targets,
    IReadOnlyList<OrderedChange> Changes
);

/// <summary>An event to be written.</summary>
/// <param name="Place">Where the host has it.</param>
/// <param name="Target">Which of the order's collections it is of.</param>
internal readonly record struct OrderedChange(long Place, int Target);

/// <summary>What a host has to know of a collection to write events of it.</summary>
/// <param name="Source">Its UUID on the source.</param>
/// <param name="Destination">What stands for it.</param>
/// <param name="ShardKey">How it is sharded there; <see langword="null"/> if it is not (S13).</param>
internal sealed record LaneTarget(Guid Source, CollectionAddress Destination, ShardKey? ShardKey)
{
    internal static LaneTarget Of(FollowedCollection collection) =>
        new(collection.Uuid, collection.Destination, collection.Source.ShardKey);

    /// <summary>The collection, as far as writing to it needs.</summary>
    internal FollowedCollection ToCollection() =>
        new(
            new(Destination.Name, Source, CollectionKind.Collection, RawDocument.Empty, [], []) { ShardKey = ShardKey },
            Destination
        );
}

/// <summary>How an order ended.</summary>
/// <param name="AreDone">Of each event whether it is written as it had to be; one that is not is to be read again (S12).</param>
/// <param name="MayPass">Whether one was refused because of what passes by itself.</param>
/// <param name="Bytes">Bytes of those that are written, where they were written.</param>
/// <param name="Took">How long writing took there, without the way of the order and of its end.</param>
internal sealed record LaneEnd(IReadOnlyList<bool> AreDone, bool MayPass, long Bytes, TimeSpan Took);
