using Godwit.Bson;
using Godwit.Engine.Ports;

namespace Godwit.Cluster.Messages;

/// <summary>A reply of a stream on its way to the leader, or why there is none.</summary>
/// <param name="Events">Its events, one behind the other.</param>
/// <param name="Count">How many.</param>
/// <param name="Last">Where the last one begins.</param>
/// <param name="Token">The token after them.</param>
/// <param name="End">Why the stream has ended; <see langword="null"/> if it goes on.</param>
[GenerateSerializer]
internal sealed record StreamReply(
    [property: Id(0)] PooledBytes Events,
    [property: Id(1)] int Count,
    [property: Id(2)] int Last,
    [property: Id(3)] byte[] Token,
    [property: Id(4)] RangeEnd? End = null
)
{
    /// <summary>A view of a batch, which is to live until the reply has been answered: it may still be on its way until then.</summary>
    internal static StreamReply From(ChangeBatch batch)
    {
        var bytes = batch.Events.Bytes;
        var last = batch.Events.Count == 0 ? 0 : bytes.Length - batch.Events.Last.Length;
        return new(new(bytes), batch.Events.Count, last, batch.PostBatchResumeToken.Bytes.ToArray());
    }

    internal static StreamReply Of(Exception end) => new(PooledBytes.Empty, 0, 0, [], RangeEnd.Of(end));

    /// <summary>The batch, to be called once; it gives the block back.</summary>
    internal ChangeBatch ToBatch() =>
        new(Count == 0 ? DocumentBatch.Empty : new(Events.Bytes, Count, Events, Last), new RawDocument(Token));
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
