using Godwit.Bson;
using Godwit.Engine.Changes;
using Godwit.Engine.Copying;
using Godwit.Engine.Faults;
using Godwit.Engine.Pacing;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Applying;

/// <summary>
/// Reads dirty documents again, many at a time, and puts what it found into their lanes (S12). Only the keys concerned wait; their
/// events before the read are covered by it, those after it follow behind.
/// </summary>
internal sealed class Rereader(
    SyncState state,
    ISourceCluster source,
    SourceClock clock,
    RetryPolicy retry,
    ByteBudget budget
)
{
    private const int KeysMax = 1_000;
    private const long BytesWanted = 8 * 1024 * 1024;

    /// <summary>What was read and waits to be of use: few, since it ripens as soon as the stream is as far as the read was.</summary>
    private const int UnripeMax = 4;

    private readonly List<Unripe> unripe = [];

    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var dirtied = state.Dirtied.Next;
                var done = await ResolveRipeAsync(cancellationToken);
                if (unripe.Count < UnripeMax)
                {
                    done += await ReadSomeAsync(cancellationToken);
                }

                if (done == 0)
                {
                    NoteUnripe();
                    await dirtied.WaitAsync(cancellationToken);
                }
            }
        }
        finally
        {
            unripe.ForEach(one => one.Documents.Dispose());
        }
    }

    private async Task<int> ReadSomeAsync(CancellationToken cancellationToken)
    {
        lock (state.Gate)
        {
            if (state.Router.Dirty.Count == 0)
            {
                return 0;
            }
        }

        var now = await retry.RunAsync(clock.NowAsync, cancellationToken);
        List<DirtyKey<PendingEvent>> batch;
        FollowedCollection? collection;
        ClusterTime at;
        lock (state.Gate)
        {
            if (state.Router.NextReread(state.EarliestInLanes) is not { } next)
            {
                return 0;
            }

            collection = state.Find(next);
            (batch, at) = state.Router.BeginReread(collection is null ? KeysMax : KeysAtOnce(collection), now);
        }

        if (collection is null)
        {
            Forget(batch);
            return batch.Count;
        }

        try
        {
            var documents = await retry.RunAsync(token => ReadAsync(collection, batch, at, token), cancellationToken);
            if (collection.IsCapped)
            {
                var through = await retry.RunAsync(
                    token => collection.IsSourcePassing ? clock.LatestAsync(token) : Task.FromResult(at),
                    cancellationToken
                );
                unripe.Add(new(collection, batch, documents, through));
                await retry.RunAsync(clock.PushAsync, cancellationToken);
                return batch.Count;
            }

            var share = await budget.TakeAsync(documents.Bytes.Length, cancellationToken);
            using var block = new SharedBlock(share, documents);
            Resolve(collection, batch, documents, block, null);
        }
        catch (ClusterException fault) when (fault.Kind is FaultKind.NeedsNewCursor or FaultKind.Moved)
        {
            state.NoteMoved(fault);
            Abandon(batch);
            await retry.WaitAsync(cancellationToken);
        }

        return batch.Count;
    }

    private async Task<DocumentBatch> ReadAsync(
        FollowedCollection collection,
        List<DirtyKey<PendingEvent>> batch,
        ClusterTime at,
        CancellationToken cancellationToken
    )
    {
        await clock.ReachAsync(at, cancellationToken);
        var ids = batch.ConvertAll(one => one.Address.Id);
        return await source.ReadDocumentsAsync(collection.ReadOf(ids, at), cancellationToken);
    }

    /// <summary>So many that the answer is not much larger than wanted, by the average size of the collection's documents.</summary>
    private static int KeysAtOnce(FollowedCollection collection)
    {
        var average = collection.Estimate.Bytes / Math.Max(1, collection.Estimate.Documents);
        return (int)Math.Clamp(BytesWanted / Math.Max(1, average), 1, KeysMax);
    }

    /// <summary>
    /// Where order counts what was read is of use only once it is known that the document had its place until then: everything up to the
    /// read is routed (S30).
    /// </summary>
    private async Task<int> ResolveRipeAsync(CancellationToken cancellationToken)
    {
        var count = 0;
        foreach (var one in unripe.Where(IsRipe).ToList())
        {
            _ = unripe.Remove(one);
            var share = await budget.TakeAsync(one.Documents.Bytes.Length, cancellationToken);
            using var block = new SharedBlock(share, one.Documents);
            Resolve(one.Collection, one.Keys, one.Documents, block, one.Through);
            count += one.Keys.Count;
        }

        return count;
    }

    private bool IsRipe(Unripe one)
    {
        lock (state.Gate)
        {
            return one.Collection.IsGone || (one.Collection.IsCopied && state.Router.Frontier >= one.Through);
        }
    }

    /// <summary>What has been read waits for what is still to be routed, so that does not wait for room.</summary>
    private void NoteUnripe()
    {
        if (unripe.Count > 0)
        {
            lock (state.Gate)
            {
                state.IsRereadingInVain = true;
            }

            state.Changed.Set();
        }
    }

    private void Resolve(
        FollowedCollection collection,
        List<DirtyKey<PendingEvent>> batch,
        DocumentBatch documents,
        SharedBlock block,
        ClusterTime? ripeThrough
    )
    {
        var found = new Dictionary<KeyHash, RawDocument>(documents.Count);
        foreach (var document in documents)
        {
            if (!found.TryAdd(collection.Hash(FollowedCollection.KeyOf(document["_id"u8])), document))
            {
                throw RepeatedIds.Failure(collection.Source.Name, document["_id"u8]);
            }
        }

        lock (state.Gate)
        {
            state.IsRereadingInVain = false;
            // Leaving the collection has forgotten the keys already.
            foreach (var entry in ReferenceEquals(state.Find(collection.Uuid), collection) ? batch : [])
            {
                if (ripeThrough is { } through && !state.Router.TryRipen(entry, through))
                {
                    continue;
                }

                RawDocument? document = found.TryGetValue(entry.Key, out var one) ? one : null;
                state.Resolve(entry, collection, document, block);
            }
        }

        state.Counters.AddReread(batch.Count);
        state.Changed.Set();
    }

    private void Abandon(List<DirtyKey<PendingEvent>> batch)
    {
        lock (state.Gate)
        {
            batch.ForEach(state.Router.AbandonReread);
            state.IsRereadingInVain = true;
        }

        state.Changed.Set();
    }

    private void Forget(List<DirtyKey<PendingEvent>> batch)
    {
        lock (state.Gate)
        {
            batch.ForEach(state.Router.Forget);
        }

        state.Changed.Set();
    }

    /// <summary>Documents that were read again, and the time at or before which they were.</summary>
    private sealed record Unripe(
        FollowedCollection Collection,
        List<DirtyKey<PendingEvent>> Keys,
        DocumentBatch Documents,
        ClusterTime Through
    );
}
