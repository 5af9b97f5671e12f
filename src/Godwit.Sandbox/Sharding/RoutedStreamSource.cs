using Godwit.Bson;
using Godwit.Sandbox.ChangeStreams;
using Godwit.Sandbox.Cursors;

namespace Godwit.Sandbox.Sharding;

/// <summary>A change stream over all shards as a router's cursor has it: woken when any shard's commit point has moved.</summary>
internal sealed class RoutedStreamSource(ChangeStream stream, IReadOnlyList<ShardHistory> histories, TimeProvider time)
    : IDocumentSource
{
    // A shard without a primary raises nothing: whether it has one again is looked up.
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(100);

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
            List<Task> news = [.. histories.Select(history => history.Changed?.Next).OfType<Task>()];
            if (stream.CommitPoint > stream.ScannedThrough)
            {
                return;
            }

            news.Add(Task.Delay(LookAgain, time, cancellationToken));
            await (await Task.WhenAny(news).ConfigureAwait(false)).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose() { }
}
