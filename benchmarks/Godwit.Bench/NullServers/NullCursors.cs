using Godwit.Bson;
using Godwit.Wire;

namespace Godwit.Bench.NullServers;

/// <summary>A cursor of a null server.</summary>
internal abstract class NullCursor(long id)
{
    public long Id { get; } = id;

    public bool IsAtEnd { get; protected set; }

    /// <summary>Makes the reply that carries the next batch; its bytes are valid until the connection's next request.</summary>
    public abstract ValueTask<ReadOnlyMemory<byte>> NextAsync(
        NullRequest request,
        NullConnection connection,
        CancellationToken cancellationToken
    );

    protected static ReadOnlyMemory<byte> ToFrame(NullRequest request, RawDocument reply) =>
        OpMessageWriter.ToFrame(request.Header.RequestId, request.Header.RequestId, MessageFlags.None, reply);
}

/// <summary>A range of a collection, in order of <c>_id</c>.</summary>
internal sealed class RangeCursor(
    long id,
    NullPair pair,
    SyntheticCollection collection,
    bool isSource,
    long from,
    long to
) : NullCursor(id)
{
    private long next = from;
    private bool isOpened;

    public override ValueTask<ReadOnlyMemory<byte>> NextAsync(
        NullRequest request,
        NullConnection connection,
        CancellationToken cancellationToken
    )
    {
        var batches = connection.BatchesOf(collection);
        var wanted = request.Body["batchSize"].ToInt64() ?? long.MaxValue;
        var count = (int)Math.Min(to - next, Math.Min(wanted, batches.Capacity));
        IsAtEnd = next + count >= to;
        var isFirst = !isOpened;
        isOpened = true;
        var reply = batches.Next(request.Header, isFirst, next, count, IsAtEnd ? 0 : Id, pair.Clock);
        next += count;
        pair.HasRead(isSource, count, reply.Length);
        return new(reply);
    }
}

/// <summary>Documents by key, of which the collection has those from 0 up to its size.</summary>
internal sealed class KeyCursor(long id, NullPair pair, SyntheticCollection collection, RawDocument ids)
    : NullCursor(id)
{
    public override async ValueTask<ReadOnlyMemory<byte>> NextAsync(
        NullRequest request,
        NullConnection connection,
        CancellationToken cancellationToken
    )
    {
        IsAtEnd = true;
        if (pair.Options.EventKeys == EventKeys.Dirty)
        {
            // So that as many keys are dirty at the same time as the mover takes.
            await pair.Feed.WhenNoMoreIsAskedForAsync(cancellationToken);
        }

        // A probe of the source's latency asks for one that no collection has.
        var documents = ids.Values()
            .Where(value => value.Type == BsonType.Int64)
            .Select(value => value.AsInt64)
            .Where(value => value < collection.Documents)
            .Select(collection.Document);
        return ToFrame(request, Replies.Cursor(pair.Clock, collection.Name, documents));
    }
}

/// <summary>A change stream: the source's serves a feed, the sink's stays silent until that is applied.</summary>
internal sealed class StreamCursor(long id, NullPair pair, EventFeed? feed) : NullCursor(id)
{
    private static readonly Namespace Name = new("admin", "$cmd.aggregate");
    private bool isOpened;

    public override async ValueTask<ReadOnlyMemory<byte>> NextAsync(
        NullRequest request,
        NullConnection connection,
        CancellationToken cancellationToken
    )
    {
        var isFirst = !isOpened;
        isOpened = true;
        if (!isFirst && feed is not null && await HasEventsAsync(request, feed, cancellationToken))
        {
            pair.Phases.Begin("apply");
            var batch = feed.Next(request.Header, Id, pair.Clock);
            if (!feed.HasMore)
            {
                connection.Background(pair.AwaitQuietAsync);
            }

            return batch;
        }

        var mark = Replies.HighWaterMark(feed is { HasMore: true } ? feed.Position ?? pair.Clock.Now : pair.Clock.Now);
        return ToFrame(request, Replies.Cursor(pair.Clock, Name, [], Id, isFirst, mark));
    }

    /// <summary>Waits for events as a server does: until the time moves on, or for as long as the client says.</summary>
    private async ValueTask<bool> HasEventsAsync(
        NullRequest request,
        EventFeed feed,
        CancellationToken cancellationToken
    )
    {
        var patience = TimeSpan.FromMilliseconds(request.Body["maxTimeMS"].ToInt64() ?? 1000);
        if (feed is not { IsReleased: true, HasMore: true })
        {
            var wait = Task.Delay(patience, TimeProvider.System, cancellationToken);
            _ = await Task.WhenAny(pair.Clock.Moved, wait);
        }

        return feed is { IsReleased: true, HasMore: true };
    }
}
