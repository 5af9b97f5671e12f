using Godwit.Bson;
using Godwit.Engine.Changes;
using Godwit.Engine.Planning;

namespace Godwit.Engine.Applying;

/// <summary>What a lane writes: an event, or a document that was read again (absent: to be deleted).</summary>
internal sealed class LaneItem(LaneTicket ticket, FollowedCollection collection, RawValue id, IDisposable? block)
    : IDisposable
{
    internal LaneTicket Ticket { get; } = ticket;

    internal FollowedCollection Collection { get; } = collection;

    internal RawValue Id { get; } = id;

    /// <summary>The event; <see langword="null"/> for a re-read.</summary>
    internal ChangeEvent? Change { get; init; }

    /// <summary>The document read again; <see langword="null"/> if the source has none.</summary>
    internal RawDocument? Document { get; init; }

    internal int Bytes => Change?.Raw.Length ?? Document?.Length ?? 64;

    /// <summary>The address in bytes that outlive the block.</summary>
    internal FollowedKey Address() => new(Collection.Uuid, new(Id.Type, Id.Bytes.ToArray()));

    public void Dispose() => block?.Dispose();
}
