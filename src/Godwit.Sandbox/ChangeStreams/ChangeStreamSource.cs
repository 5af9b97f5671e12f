using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Cursors;

namespace Godwit.Sandbox.ChangeStreams;

/// <summary>A change stream as a cursor's source: tailable, woken when the commit point moves, ended by an invalidate.</summary>
/// <param name="stream">The stream.</param>
/// <param name="news">What may move the commit point next, asked for before it is looked at.</param>
internal sealed class ChangeStreamSource(ChangeStream stream, Func<CancellationToken, IEnumerable<Task>> news)
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
    public ValueTask PrepareAsync(CommandContext context, int documentsMax, CancellationToken cancellationToken) =>
        stream.PrepareAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task WaitForMoreAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task[] next = [.. news(cancellationToken)];
            await stream.PrepareAsync(cancellationToken).ConfigureAwait(false);
            if (stream.CommitPoint > stream.ScannedThrough)
            {
                return;
            }

            _ = await Task.WhenAny(next).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose() { }
}
