using Godwit.Bson;

namespace Godwit.Sandbox.Sharding;

/// <summary>The documents of a range on their way from one shard to another: all once, then those that have changed since, again and again.</summary>
internal sealed class RangeCopy(ShardedCollection collection, Chunk chunk, ShardServer from, ShardServer to)
{
    private const int BatchCount = 200;
    private ClusterTime seen;
    private long clonedBytes;

    /// <summary>How many documents were copied at first.</summary>
    internal long Cloned { get; private set; }

    /// <summary>What was copied, as <c>moveChunk.commit</c> tells it.</summary>
    internal RawDocument Counts =>
        new DocumentBuilder
        {
            { "cloned", Cloned },
            { "clonedBytes", clonedBytes },
            { "catchup", 0L },
            { "steady", 0L },
        }.Build();

    /// <summary>Whether a document lies in a chunk.</summary>
    internal static bool IsIn(ShardKeyPattern key, Chunk chunk, RawDocument document) =>
        key.TryKeyOf(document) is { } found && chunk.Contains(key.Encode(found));

    /// <summary>
    /// Removes what the new owner has of the range: left by an attempt that failed, it would come to life with the next one that does not.
    /// </summary>
    internal async ValueTask ClearAsync(CancellationToken cancellationToken)
    {
        var left = await to.DoAsync(RangeTasks.List, Arguments(), cancellationToken).ConfigureAwait(false);
        foreach (var batch in Ids(left).Chunk(BatchCount))
        {
            await PutAsync([], batch, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Copies all documents.</summary>
    internal async ValueTask CloneAsync(CancellationToken cancellationToken)
    {
        await ClearAsync(cancellationToken).ConfigureAwait(false);
        var listed = await from.DoAsync(RangeTasks.List, Arguments(), cancellationToken).ConfigureAwait(false);
        seen = listed["time"].AsTimestamp;
        var copied = await CopyAsync(Ids(listed), cancellationToken).ConfigureAwait(false);
        (Cloned, clonedBytes) = copied;
    }

    /// <summary>Copies what has changed since the last time; says how much that was.</summary>
    internal async ValueTask<int> CatchUpAsync(CancellationToken cancellationToken)
    {
        var changed = await from.DoAsync(RangeTasks.Changes, Arguments().Add("since", seen), cancellationToken)
            .ConfigureAwait(false);
        seen = changed["time"].AsTimestamp;
        var ids = Ids(changed);
        _ = await CopyAsync(ids, cancellationToken).ConfigureAwait(false);
        return ids.Count;
    }

    /// <summary>Brings documents as they are now; those that are in the range no more are removed.</summary>
    private async ValueTask<(long Count, long Bytes)> CopyAsync(
        IReadOnlyList<RawValue> ids,
        CancellationToken cancellationToken
    )
    {
        var (count, bytes) = (0L, 0L);
        for (var at = 0; at < ids.Count; )
        {
            var batch = ids.Skip(at).Take(BatchCount);
            var read = await from.DoAsync(
                    RangeTasks.Read,
                    Arguments().Add("ids", RawValue.Array(batch)),
                    cancellationToken
                )
                .ConfigureAwait(false);
            IReadOnlyList<RawDocument> documents =
            [
                .. read["documents"].AsDocument.Values().Select(document => document.AsDocument),
            ];
            IReadOnlyList<RawValue> gone = [.. read["gone"].AsDocument.Values()];
            await PutAsync(documents, gone, cancellationToken).ConfigureAwait(false);
            at += documents.Count + gone.Count;
            count += documents.Count;
            bytes += documents.Sum(document => (long)document.Length);
        }

        return (count, bytes);
    }

    private async ValueTask PutAsync(
        IReadOnlyList<RawDocument> documents,
        IReadOnlyList<RawValue> gone,
        CancellationToken cancellationToken
    ) =>
        _ = await to.DoAsync(
                RangeTasks.Put,
                Arguments().Add("gone", RawValue.Array(gone)).Add("to", to.Name),
                cancellationToken,
                documents
            )
            .ConfigureAwait(false);

    private DocumentBuilder Arguments() => new() { { "collection", collection.ToArgument([chunk]) } };

    private static List<RawValue> Ids(RawDocument listed) => [.. listed["ids"].AsDocument.Values()];
}
