using Godwit.Bson;
using Godwit.Sandbox.Cursors;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.ChangeStreams;

/// <summary>A change stream as a cursor's source: tailable, woken when the commit point moves, ended by an invalidate.</summary>
internal sealed class ChangeStreamSource(ChangeStream stream, Node node) : IDocumentSource
{
    /// <inheritdoc/>
    public RawValue PostBatchResumeToken => stream.PostBatchResumeToken;

    /// <inheritdoc/>
    public bool IsExhausted => stream.IsInvalidated;

    /// <inheritdoc/>
    public bool IsInvalidated => stream.IsInvalidated;

    /// <inheritdoc/>
    public bool TryRead(out RawDocument document) => stream.TryNext(out document);

    /// <inheritdoc/>
    public Task WaitForMoreAsync(CancellationToken cancellationToken) =>
        node.Changed.WaitAsync(() => node.CommitPoint.Time > stream.ScannedThrough, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() { }
}
