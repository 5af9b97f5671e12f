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

    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var dirtied = state.Dirtied.Next;
            if (await ReadSomeAsync(cancellationToken) == 0)
            {
                await dirtied.WaitAsync(cancellationToken);
            }
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
            var share = await budget.TakeAsync(documents.Bytes.Length, cancellationToken);
            using var block = new SharedBlock(share, documents);
            Resolve(collection, batch, documents, block);
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
        return await source.ReadDocumentsAsync(new(collection.Source.Address, at, ids), cancellationToken);
    }

    /// <summary>So many that the answer is not much larger than wanted, by the average size of the collection's documents.</summary>
    private static int KeysAtOnce(FollowedCollection collection)
    {
        var average = collection.Estimate.Bytes / Math.Max(1, collection.Estimate.Documents);
        return (int)Math.Clamp(BytesWanted / Math.Max(1, average), 1, KeysMax);
    }

    private void Resolve(
        FollowedCollection collection,
        List<DirtyKey<PendingEvent>> batch,
        DocumentBatch documents,
        SharedBlock block
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
}
