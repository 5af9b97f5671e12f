using Godwit.Bson;
using Godwit.Sandbox.Cursors;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.ChangeStreams;

/// <summary>A change stream as a cursor's source: tailable, woken when the commit point moves, ended by an invalidate.</summary>
internal sealed class ChangeStreamSource(ChangeStream stream, params IReadOnlyList<ChangeSignal> signals)
    : IDocumentSource
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
    public async Task WaitForMoreAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task[] news = [.. signals.Select(signal => signal.Next)];
            if (stream.CommitPoint > stream.ScannedThrough)
            {
                return;
            }

            _ = await Task.WhenAny(news).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose() { }
}
