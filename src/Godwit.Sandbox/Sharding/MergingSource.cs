using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Cursors;
using Godwit.Sandbox.Query;

namespace Godwit.Sandbox.Sharding;

/// <summary>
/// The documents of several shards' cursors as one: in the order of a sort, by which each shard gives its own, or as they come; then
/// without the first ones, up to a limit, and each shown as the client asked.
/// </summary>
internal sealed class MergingSource(IReadOnlyList<ShardCursor> cursors) : IDocumentSource
{
    private readonly Queue<RawDocument> ready = new();
    private readonly Dictionary<ShardCursor, byte[]> keys = [];
    private long skipped;
    private long given;

    /// <summary>The order; <see langword="null"/> for none.</summary>
    internal SortPattern? Order { get; init; }

    /// <summary>How many documents to pass over.</summary>
    internal long Skip { get; init; }

    /// <summary>The most documents to give.</summary>
    internal long Limit { get; init; } = long.MaxValue;

    /// <summary>What is shown of a document; <see langword="null"/> drops it.</summary>
    internal Func<RawDocument, RawDocument?> Show { get; init; } = document => document;

    /// <summary>The time of a snapshot read, which is the same on all shards.</summary>
    internal ClusterTime? AtClusterTime => cursors.Count > 0 ? cursors[0].AtClusterTime : null;

    /// <summary>Whether the end of the data is not the end: one batch is fetched at a time.</summary>
    internal bool IsTailable { get; init; }

    /// <inheritdoc/>
    public RawValue PostBatchResumeToken => cursors is [var only] ? only.Token : default;

    /// <inheritdoc/>
    public bool IsExhausted =>
        ready.Count == 0 && (given >= Limit || cursors.All(cursor => cursor is { HasNext: false, IsOpen: false }));

    /// <inheritdoc/>
    public async ValueTask PrepareAsync(CommandContext context, int documentsMax, CancellationToken cancellationToken)
    {
        var bytes = 0;
        var mayFetch = true;
        while (ready.Count < documentsMax && bytes <= ServerCursor.BatchBytesMax && given < Limit)
        {
            if (TakeNext() is { } next)
            {
                bytes += next.Length;
                Add(next);
                continue;
            }

            var starved = cursors.Where(cursor => cursor is { HasNext: false, IsOpen: true }).ToList();
            if (starved.Count == 0 || !mayFetch)
            {
                return;
            }

            foreach (var cursor in Order is null ? starved[..1] : starved)
            {
                var wanted = documentsMax == int.MaxValue ? int.MaxValue : Math.Max(documentsMax - ready.Count, 1);
                await cursor.FetchAsync(context, wanted, cancellationToken).ConfigureAwait(false);
            }

            mayFetch = !IsTailable;
        }
    }

    /// <inheritdoc/>
    public bool TryRead(out RawDocument document) => ready.TryDequeue(out document);

    /// <inheritdoc/>
    public Task WaitForMoreAsync(CancellationToken cancellationToken) =>
        new TaskCompletionSource().Task.WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var cursor in cursors)
        {
            cursor.Close();
        }
    }

    private void Add(RawDocument document)
    {
        if (skipped < Skip)
        {
            skipped++;
        }
        else if (Show(document) is { } shown)
        {
            given++;
            ready.Enqueue(shown);
        }
    }

    /// <summary>The next document of all, if it is known which one that is.</summary>
    private RawDocument? TakeNext()
    {
        ShardCursor? first = null;
        foreach (var cursor in cursors)
        {
            if (!cursor.HasNext)
            {
                if (cursor.IsOpen && Order is not null)
                {
                    return null;
                }

                continue;
            }

            if (first is null || (Order is not null && KeyOf(cursor).AsSpan().SequenceCompareTo(KeyOf(first)) < 0))
            {
                first = cursor;
            }
        }

        if (first is not null)
        {
            _ = keys.Remove(first);
        }

        return first?.Dequeue();
    }

    private byte[] KeyOf(ShardCursor cursor)
    {
        if (!keys.TryGetValue(cursor, out var key))
        {
            keys[cursor] = key = Order!.EncodeKey(cursor.Next);
        }

        return key;
    }
}
