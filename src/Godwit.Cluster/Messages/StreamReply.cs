using Godwit.Bson;
using Godwit.Engine.Pacing;
using Godwit.Engine.Ports;

namespace Godwit.Cluster.Messages;

/// <summary>A reply of a stream on its way to the leader, or why there is none.</summary>
/// <param name="Events">Its events, packed as <see cref="AlikeDocuments"/>.</param>
/// <param name="Length">Their bytes.</param>
/// <param name="Count">How many.</param>
/// <param name="Last">Where the last one begins.</param>
/// <param name="Token">The token after them.</param>
/// <param name="End">Why the stream has ended; <see langword="null"/> if it goes on.</param>
[GenerateSerializer]
internal sealed record StreamReply(
    [property: Id(0)] PooledBytes Events,
    [property: Id(1)] int Length,
    [property: Id(2)] int Count,
    [property: Id(3)] int Last,
    [property: Id(4)] byte[] Token,
    [property: Id(5)] RangeEnd? End = null
) : IDisposable
{
    internal static StreamReply From(ChangeBatch batch)
    {
        var events = batch.Events;
        var block = new RentedBytes(AlikeDocuments.SizeMax(events));
        var packed = block.Bytes[..AlikeDocuments.Pack(events, block.Bytes.Span)];
        var length = events.Bytes.Length;
        var last = events.Count == 0 ? 0 : length - events.Last.Length;
        return new(new(packed, block), length, events.Count, last, batch.PostBatchResumeToken.Bytes.ToArray());
    }

    internal static StreamReply Of(Exception end) => new(PooledBytes.Empty, 0, 0, 0, [], RangeEnd.Of(end));

    /// <summary>The batch; what it was packed in is given back.</summary>
    internal ChangeBatch ToBatch()
    {
        var block = new RentedBytes(Length);
        AlikeDocuments.Unpack(Events.Bytes.Span, block.Bytes.Span);
        Dispose();
        return new(new(block.Bytes, Count, block, Last), new RawDocument(Token));
    }

    /// <summary>To be called by whoever sent it once it was answered: it may still be on its way until then.</summary>
    public void Dispose() => Events.Dispose();
}

/// <summary>What a host is told that has brought a reply.</summary>
/// <param name="Signal">What it shall do.</param>
/// <param name="Settled">Events up to this time are not asked for any more.</param>
/// <param name="Whole">Collections whose events it does not keep.</param>
[GenerateSerializer]
[Immutable]
internal sealed record StreamTerms(
    [property: Id(0)] MoveSignal Signal,
    [property: Id(1)] long Settled,
    [property: Id(2)] Guid[] Whole
);

/// <summary>How the writing of events ended.</summary>
/// <param name="AreDone">Of each whether it is written as it had to be, packed.</param>
/// <param name="MayPass">Whether one was refused because of what passes by itself.</param>
/// <param name="Fault">What went wrong; <see langword="null"/> for nothing.</param>
/// <param name="Took">How long it took there.</param>
[GenerateSerializer]
[Immutable]
internal sealed record WrittenText(
    [property: Id(0)] byte[] AreDone,
    [property: Id(1)] bool MayPass,
    [property: Id(2)] RangeEnd? Fault = null,
    [property: Id(3)] TimeSpan Took = default
);
