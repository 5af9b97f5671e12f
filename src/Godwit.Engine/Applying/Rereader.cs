using Godwit.Bson;
using Godwit.Engine.Changes;
using Godwit.Engine.Faults;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Applying;

/// <summary>
/// Reads dirty documents again, many at a time, and puts what it found into their lanes (S12). Only the keys concerned wait; their
/// events before the read are covered by it, those after it follow behind.
/// </summary>
internal sealed class Rereader(SyncState state, ISourceCluster source, SourceClock clock, RetryPolicy retry)
{
    private const int KeysMax = 1_000;

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
            var first = state.Router.Dirty.FirstOrDefault(state.Router.IsReadable);
            if (first is null)
            {
                return 0;
            }

            collection = state.Find(first.Address.Collection);
            batch =
            [
                .. state
                    .Router.Dirty.Where(one =>
                        state.Router.IsReadable(one) && one.Address.Collection == first.Address.Collection
                    )
                    .Take(KeysMax),
            ];
            at = state.Router.BeginReread(batch, now);
        }

        if (collection is null)
        {
            Forget(batch);
            return batch.Count;
        }

        try
        {
            using var documents = await retry.RunAsync(
                token => ReadAsync(collection, batch, at, token),
                cancellationToken
            );
            Resolve(collection, batch, documents);
        }
        catch (ClusterException fault) when (fault.Kind is FaultKind.NeedsNewCursor or FaultKind.Moved)
        {
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

    private void Resolve(FollowedCollection collection, List<DirtyKey<PendingEvent>> batch, DocumentBatch documents)
    {
        var found = new Dictionary<KeyHash, RawDocument>(documents.Count);
        foreach (var document in documents)
        {
            // The lanes keep the documents longer than this batch lives.
            var key = collection.Hash(FollowedCollection.KeyOf(document["_id"u8]));
            found[key] = new(document.Bytes.ToArray());
        }

        lock (state.Gate)
        {
            foreach (var entry in batch)
            {
                if (state.Find(collection.Uuid) is null)
                {
                    // Leaving the collection has forgotten the key already.
                    continue;
                }

                var ticket = state.Router.Resolve(entry);
                RawDocument? document = found.TryGetValue(entry.Key, out var one) ? one : null;
                state.Enqueue(new(ticket, collection, entry.Address.Id, null) { Document = document });
                foreach (var (_, parked) in entry.Parked)
                {
                    state.Settle(parked, parked.Change.IsPartial);
                }
            }
        }

        state.Counters.AddReread(batch.Count);
        state.Changed.Set();
    }

    private void Abandon(List<DirtyKey<PendingEvent>> batch)
    {
        lock (state.Gate)
        {
            batch.ForEach(Router<PendingEvent>.AbandonReread);
        }
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
