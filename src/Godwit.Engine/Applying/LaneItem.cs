using Godwit.Bson;
using Godwit.Engine.Changes;
using Godwit.Engine.Planning;
using Godwit.Engine.Remote;

namespace Godwit.Engine.Applying;

/// <summary>What a lane writes: an event, or a document that was read again. Disposed when it is done.</summary>
internal readonly struct LaneItem : IDisposable
{
    private readonly SharedBlock block;

    private LaneItem(in LaneTicket ticket, FollowedCollection collection, RawValue id, SharedBlock block) =>
        (Ticket, Collection, Id, this.block) = (ticket, collection, id, block);

    internal LaneTicket Ticket { get; }

    internal FollowedCollection Collection { get; }

    internal RawValue Id { get; }

    /// <summary>What the event did; of no meaning for a document read again.</summary>
    internal EventKind Kind { get; private init; }

    /// <summary>What came of the document by the event, or the document read again; missing where the source has none any more.</summary>
    internal RawValue Content { get; private init; }

    /// <summary>Where the content of the event is, if it is with another host.</summary>
    internal HeldContent Held { get; private init; }

    /// <summary>Whether the document was read again and the source has none.</summary>
    internal bool IsAbsent => Ticket.IsRewrite && Content.IsMissing;

    internal int Bytes => Id.Bytes.Length + Content.Bytes.Length + Held.Bytes;

    /// <summary>An event, with a share of its block.</summary>
    internal static LaneItem OfEvent(in PendingEvent item, bool places, bool mayBeThere) =>
        new(
            new(item.Key, item.Change.Time, item.Change.Time, IsRewrite: false)
            {
                Places = places,
                MayBeThere = mayBeThere,
            },
            item.Collection,
            item.Change.Id,
            item.Block.Share()
        )
        {
            Kind = item.Change.Kind,
            Content = item.Change.Content,
            Held = item.Change.Held,
        };

    /// <summary>An event that was kept here for another host, with a share of its block; its place says which of an order it is.</summary>
    internal static LaneItem OfKept(in PendingEvent item, int number) =>
        new(
            new(item.Key, item.Change.Time, item.Change.Time, IsRewrite: false),
            item.Collection,
            item.Change.Id,
            item.Block.Share()
        )
        {
            Kind = item.Change.Kind,
            Content = item.Change.Content,
            Held = new(0, number, 0),
        };

    /// <summary>A document read again, with a share of the block it lies in; absent where the source has none.</summary>
    internal static LaneItem OfDocument(
        in LaneTicket ticket,
        FollowedCollection collection,
        RawValue id,
        RawDocument? document,
        SharedBlock block
    ) =>
        new(ticket, collection, id, block.Share())
        {
            Content = document is { } there ? new(BsonType.Document, there.Bytes) : RawValue.Missing,
        };

    /// <summary>The address in bytes that outlive the block.</summary>
    internal FollowedKey Address() => FollowedKey.Copy(Collection, Id);

    public void Dispose() => block.Dispose();
}
