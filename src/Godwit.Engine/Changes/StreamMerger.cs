using System.Threading.Channels;
using Godwit.Bson;
using Godwit.Engine.Pacing;
using Godwit.Engine.Ports;
using Godwit.Engine.Spooling;

namespace Godwit.Engine.Changes;

/// <summary>
/// Makes one stream of several that each carry a part of the events (S10): what comes out is in the order of one, and its position holds theirs. Of
/// each stream a few replies are held at most; one that is ahead waits for the others.
/// </summary>
internal sealed class StreamMerger
{
    /// <summary>Replies of one stream that wait, beside the one that is being taken from.</summary>
    private const int AheadMax = 2;

    /// <summary>Bytes that go on at once.</summary>
    private const int BatchBytes = 4 * 1024 * 1024;

    private readonly StreamMerge<TokenPlace, RawDocument> merge;
    private readonly Part[] parts;
    private readonly Pulse arrived = new();
    private readonly TokenPlace? skipThrough;

    /// <param name="after">The token that each stream goes on after; empty where there is none yet.</param>
    /// <param name="begin">Where those that were followed before have ended: what they handed on is not handed on again.</param>
    internal StreamMerger(IReadOnlyList<RawDocument> after, HandedOn begin)
    {
        merge = new(after.Count);
        parts = [.. after.Select(token => new Part(token))];
        Handed = begin;
        skipThrough = begin.Last.IsEmpty ? null : TokenPlace.Of(begin.Last);
    }

    /// <summary>What went on so far.</summary>
    internal HandedOn Handed { get; private set; }

    /// <summary>Takes a reply of a stream over, as soon as there is room for it.</summary>
    internal async Task AddAsync(int stream, ChangeBatch batch, CancellationToken cancellationToken)
    {
        await parts[stream].Arrivals.Writer.WriteAsync(batch, cancellationToken);
        arrived.Set();
    }

    /// <summary>Hands on what can go on, until it is to end: then behind a whole event.</summary>
    /// <param name="buffer">Takes it.</param>
    /// <param name="ending">Asks it to end.</param>
    /// <param name="cancellationToken">Ends it at once.</param>
    internal async Task RunAsync(EventBuffer buffer, CancellationToken ending, CancellationToken cancellationToken)
    {
        await using var waking = ending.Register(arrived.Set);
        var taken = new List<(int Stream, RawDocument Event)>();
        var isWithinEvent = false;
        while (!ending.IsCancellationRequested || isWithinEvent)
        {
            var next = arrived.Next;
            var hasRead = Enumerable.Range(0, parts.Length).Count(TryRead) > 0;
            TakeSome(taken);
            var batch = Gather(taken);
            if (taken.Count > 0 || batch.PostBatchResumeToken != Handed.Position)
            {
                isWithinEvent = taken.Count == 0 ? isWithinEvent : !WholeEvents.IsComplete(batch.Events.Last);
                taken.Clear();
                var before = Handed.Position;
                Handed = Handed.With(batch);
                await buffer.AddAsync(before, batch, cancellationToken);
            }
            else if (!hasRead)
            {
                await next.WaitAsync(cancellationToken);
            }
        }
    }

    /// <summary>Takes the next reply of a stream of which nothing waits.</summary>
    private bool TryRead(int stream)
    {
        var part = parts[stream];
        if (!merge.IsEmpty(stream) || part.Current is not null || !part.Arrivals.Reader.TryRead(out var batch))
        {
            return false;
        }

        part.Current = batch;
        foreach (var document in batch.Events)
        {
            var place = TokenPlace.Of(document["_id"u8].AsDocument);
            if (IsNew(place))
            {
                merge.Add(stream, place, document);
            }
        }

        if (!batch.PostBatchResumeToken.IsEmpty)
        {
            merge.Reach(stream, TokenPlace.Of(batch.PostBatchResumeToken));
        }

        return true;
    }

    private void TakeSome(List<(int Stream, RawDocument Event)> taken)
    {
        for (
            var bytes = 0;
            bytes < BatchBytes && merge.TryTake(out var stream, out var document);
            bytes += document.Length
        )
        {
            taken.Add((stream, document));
        }

        // A stream goes on behind whole events only (S15): the last of each is one, but for one that is cut.
        for (var (at, left) = (taken.Count - 1, parts.Length); at >= 0 && left > 0; at--)
        {
            var part = parts[taken[at].Stream];
            if (part.Last.IsEmpty && WholeEvents.IsComplete(taken[at].Event))
            {
                part.Last = taken[at].Event["_id"u8].AsDocument;
                left--;
            }
        }
    }

    /// <summary>Copies what was taken into a block of its own, and gives back the replies of which nothing is left.</summary>
    private ChangeBatch Gather(List<(int Stream, RawDocument Event)> taken)
    {
        var block = new RentedBytes(taken.Sum(one => one.Event.Length));
        var (end, last) = (0, 0);
        foreach (var (_, document) in taken)
        {
            document.Bytes.CopyTo(block.Bytes[end..]);
            (last, end) = (end, end + document.Length);
        }

        for (var stream = 0; stream < parts.Length; stream++)
        {
            parts[stream].Settle(isOver: merge.IsEmpty(stream));
        }

        return new(
            new(block.Bytes, taken.Count, block, last),
            merge.Complete is { } complete && IsNew(complete) && parts.All(part => !part.Token.IsEmpty)
                ? StreamPositions.Join(complete, parts.Select(part => part.Token))
                : Handed.Position
        );
    }

    private bool IsNew(TokenPlace place) => !(skipThrough is { } end && place.CompareTo(end) <= 0);

    private sealed class Part(RawDocument after)
    {
        internal Channel<ChangeBatch> Arrivals { get; } =
            Channel.CreateBounded<ChangeBatch>(
                new BoundedChannelOptions(AheadMax) { SingleReader = true, SingleWriter = true }
            );

        /// <summary>The reply of which events may still wait.</summary>
        internal ChangeBatch? Current { get; set; }

        /// <summary>The token of the newest whole event taken from it; a view into it.</summary>
        internal RawDocument Last { get; set; }

        /// <summary>The token to go on after: everything up to it has been handed on, or is nothing.</summary>
        internal RawDocument Token { get; private set; } = after;

        internal void Settle(bool isOver)
        {
            if (!Last.IsEmpty)
            {
                Token = new(Last.Bytes.ToArray());
                Last = default;
            }

            if (isOver && Current is { } over)
            {
                Token = over.PostBatchResumeToken.IsEmpty ? Token : over.PostBatchResumeToken;
                Current = null;
                over.Dispose();
            }
        }
    }
}
