using Godwit.Bson;

namespace Godwit.Engine.Ports;

/// <summary>How to open a change stream over the whole cluster, expanded events shown.</summary>
/// <param name="ResumeAfter">The token to go on after; empty to start at <paramref name="StartAt"/>.</param>
/// <param name="StartAt">The operation time to start at if there is no token; <see langword="null"/> for now.</param>
/// <param name="KeysOnly">Only <c>_id</c>, <c>operationType</c>, <c>clusterTime</c>, <c>ns</c>, <c>collectionUUID</c> and <c>documentKey</c> (S22).</param>
/// <param name="AwaitTime">How long an empty batch is waited for.</param>
internal sealed record ChangeStreamRequest(
    RawDocument ResumeAfter,
    ClusterTime? StartAt,
    bool KeysOnly,
    TimeSpan AwaitTime
)
{
    /// <summary>Which of the events it carries; <see langword="null"/> for all.</summary>
    internal StreamPart? Part { get; init; }
}

/// <summary>
/// One of several streams that together carry all events (S10): those of documents go by the hash of their <c>_id</c>, as the server computes it; the first
/// stream has the others, too.
/// </summary>
/// <param name="Index">From 0.</param>
/// <param name="Of">How many there are.</param>
internal readonly record struct StreamPart(int Index, int Of);

/// <summary>One reply of a change stream; disposed by whoever uses its events last.</summary>
/// <param name="Events">The events as they came; may be empty; fragments of split events are not joined.</param>
/// <param name="PostBatchResumeToken">The token after the batch: that of its last event or a high-water mark.</param>
internal sealed record ChangeBatch(DocumentBatch Events, RawDocument PostBatchResumeToken) : IDisposable
{
    public void Dispose() => Events.Dispose();
}

/// <summary>
/// An open change stream. It does not resume by itself: a fault ends it (<c>NeedsNewCursor</c>, <c>HistoryLost</c>, …) and the
/// reader opens another after the last token it has routed.
/// </summary>
internal interface IChangeStream : IAsyncDisposable
{
    /// <summary>
    /// The next batch; the first call answers with the first batch of the cursor, so that its token is known before anything is read.
    /// </summary>
    Task<ChangeBatch> NextAsync(CancellationToken cancellationToken);
}
