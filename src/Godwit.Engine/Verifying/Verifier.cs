using Godwit.Bson;
using Godwit.Engine.Applying;
using Godwit.Engine.Changes;
using Godwit.Engine.Faults;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Verifying;

/// <summary>
/// Proves both sides equal while both are written to (S21–S24): 1. at a barrier notes a time on each side and what to compare;
/// 2. compares ranges by sums, then by keys where sums differ, and single keys that changed since; 3. heals what differs, once.
/// </summary>
internal sealed class Verifier(
    SyncState state,
    ISourceCluster source,
    IDestinationCluster destination,
    AlignedBarrier barrier,
    VerificationBook book,
    DestinationWatcher watcher,
    DifferenceLog log,
    RetryPolicy retry,
    MigrationSettings settings,
    TimeProvider time
)
{
    private const int KeysAtOnce = 1_000;

    /// <summary>
    /// One round at a time, with the judgement that follows it: a round takes what it compares out of the book, so to anyone else
    /// everything would look proven while it runs.
    /// </summary>
    private readonly SemaphoreSlim rounds = new(1);
    private readonly Dictionary<CopyRange, (Guid Collection, DocumentSums Sums)> sums = [];

    /// <summary>Whether everything was compared at least once and nothing is known to differ.</summary>
    internal bool IsProven { get; private set; }

    /// <summary>The times of the last round.</summary>
    internal (ClusterTime Source, ClusterTime Destination) ComparedAt { get; private set; }

    /// <summary>Verifies again and again, as soon as everything is copied, until cancelled.</summary>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        await state.UntilAsync(() => state.IsCopied, cancellationToken);
        while (true)
        {
            await rounds.WaitAsync(cancellationToken);
            try
            {
                _ = await RunRoundAsync(ClusterTime.Zero, cancellationToken);
                lock (state.Gate)
                {
                    IsProven = state.IsCopied && book.AreAllVerified(state.Collections) && log.Open == 0;
                }
            }
            finally
            {
                _ = rounds.Release();
            }

            state.Changed.Set();
            await Task.Delay(settings.VerifyEvery, time, cancellationToken);
        }
    }

    /// <summary>
    /// At cutover: compares until nothing is left to compare at or after <paramref name="noEarlierThan"/>. Returns the times of the round
    /// that proved it.
    /// </summary>
    internal async Task<(ClusterTime Source, ClusterTime Destination)> ProveAsync(
        ClusterTime noEarlierThan,
        CancellationToken cancellationToken
    )
    {
        await rounds.WaitAsync(cancellationToken);
        try
        {
            while (true)
            {
                var round = await RunRoundAsync(noEarlierThan, cancellationToken);
                lock (state.Gate)
                {
                    if (
                        book.WatchedKeys == 0
                        && book.AreAllVerified(state.Collections)
                        && log.Open == 0
                        && round.Ahead.Count == 0
                    )
                    {
                        return (round.Source, round.Destination);
                    }
                }
            }
        }
        finally
        {
            _ = rounds.Release();
        }
    }

    /// <summary>Count, bytes and sum of hashes of a collection, as last compared range by range.</summary>
    internal (long Documents, long Bytes, UInt128 Sum) TotalsOf(Guid collection)
    {
        lock (sums)
        {
            var mine = sums.Values.Where(one => one.Collection == collection).Select(one => one.Sums).ToList();
            return (
                mine.Sum(one => one.Documents),
                mine.Sum(one => one.Bytes),
                mine.Aggregate(UInt128.Zero, (total, one) => unchecked(total + one.Sum))
            );
        }
    }

    private async Task<VerificationRound> RunRoundAsync(ClusterTime noEarlierThan, CancellationToken cancellationToken)
    {
        VerificationRound? round = null;
        await watcher.StartedAsync(cancellationToken);
        await barrier.RunAsync(
            noEarlierThan,
            async (at, token) =>
            {
                // Lanes are empty here, so every key that may still be written is dirty: a re-read that is carried out from now
                // on, between the destination's time and the plan, is of one of these.
                HashSet<KeyHash> ahead = [];
                await state.UntilAsync(
                    () =>
                    {
                        ahead = state.Router.KeysAheadOf(at);
                        return state.AreLanesEmpty;
                    },
                    token
                );
                var identity = await retry.RunAsync(destination.IdentifyAsync, token);
                await watcher.ReachAsync(identity.OperationTime, token);
                lock (state.Gate)
                {
                    state.Watcher ??= book.Watch;
                    ahead.UnionWith(state.Router.KeysAheadOf(at));
                    round = book.Plan(at, identity.OperationTime, state.Collections, ahead);
                }
            },
            cancellationToken
        );
        await CompareAsync(round!, cancellationToken);
        ComparedAt = (round!.Source, round.Destination);
        return round;
    }

    private async Task CompareAsync(VerificationRound round, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = settings.Verifiers,
            CancellationToken = cancellationToken,
        };
        await Parallel.ForEachAsync(
            round.Keys.GroupBy(entry => entry.Value.Collection).SelectMany(group => group.Chunk(KeysAtOnce)),
            options,
            async (keys, token) => await CompareKeysAsync(round, keys, token)
        );
        await Parallel.ForEachAsync(
            round.Ranges,
            options,
            async (one, token) =>
            {
                var isInTime = time.GetElapsedTime(start) < settings.SnapshotAgeMax;
                if (!isInTime || !await TryCompareAsync(round, one.Collection, one.Range, token))
                {
                    lock (state.Gate)
                    {
                        book.TakeBack(one.Range);
                    }
                }
            }
        );
    }

    /// <summary>False if the range could not be compared in this round.</summary>
    private async Task<bool> TryCompareAsync(
        VerificationRound round,
        FollowedCollection collection,
        CopyRange range,
        CancellationToken cancellationToken
    )
    {
        var order = collection.IsCapped ? ReadOrder.Natural : ReadOrder.ById;
        var (lower, upper) = (range.Lower.Id, range.Upper.Id);
        var there = new RangeRead(collection.Source.Address, round.Source, lower, upper, order);
        var here = new RangeRead(collection.Destination, round.Destination, lower, upper, order);
        try
        {
            var ours = DocumentSums.OfRangeAsync(destination, here, cancellationToken);
            var theirs = await DocumentSums.OfRangeAsync(source, there, cancellationToken);
            state.Counters.AddCompared(theirs.Documents, theirs.Bytes);
            lock (sums)
            {
                sums[range] = (collection.Uuid, theirs);
            }

            if (!theirs.IsEqualTo(await ours))
            {
                var expected = await DocumentSums.OfKeysAsync(source, there, collection, cancellationToken);
                var actual = await DocumentSums.OfKeysAsync(destination, here, collection, cancellationToken);
                NoteDifferences(round, collection, expected, actual);
            }

            return true;
        }
        catch (ClusterException fault)
            when (fault.Kind is FaultKind.Transient or FaultKind.NeedsNewCursor or FaultKind.Moved)
        {
            return false;
        }
    }

    private async Task CompareKeysAsync(
        VerificationRound round,
        KeyValuePair<KeyHash, WatchedKey>[] keys,
        CancellationToken cancellationToken
    )
    {
        var collection = keys[0].Value.Collection;
        var ids = keys.Select(entry => entry.Value.Id).ToList();
        try
        {
            var (expected, actual) = (NewKeys(), NewKeys());
            using (
                var there = await source.ReadDocumentsAsync(
                    new(collection.Source.Address, round.Source, ids),
                    cancellationToken
                )
            )
            using (
                var here = await destination.ReadDocumentsAsync(
                    new(collection.Destination, round.Destination, ids),
                    cancellationToken
                )
            )
            {
                DocumentSums.Add(there, collection, expected);
                DocumentSums.Add(here, collection, actual);
                state.Counters.AddCompared(there.Count, there.Bytes.Length);
            }

            NoteDifferences(round, collection, expected, actual);
            foreach (var (key, _) in keys)
            {
                if (IsEqual(expected, actual, key))
                {
                    log.NoteEqual(key);
                }
            }
        }
        catch (ClusterException fault)
            when (fault.Kind is FaultKind.Transient or FaultKind.NeedsNewCursor or FaultKind.Moved)
        {
            lock (state.Gate)
            {
                foreach (var (key, watch) in keys)
                {
                    book.Again(key, watch);
                }
            }
        }
    }

    private static Dictionary<KeyHash, (RawValue Id, UInt128 Hash)> NewKeys() => [];

    private static bool IsEqual(
        Dictionary<KeyHash, (RawValue Id, UInt128 Hash)> expected,
        Dictionary<KeyHash, (RawValue Id, UInt128 Hash)> actual,
        KeyHash key
    ) => expected.TryGetValue(key, out var one) == actual.TryGetValue(key, out var other) && one.Hash == other.Hash;

    /// <summary>Real differences are logged and healed by reading again; keys ahead of the barrier wait for the next (S21, S24).</summary>
    private void NoteDifferences(
        VerificationRound round,
        FollowedCollection collection,
        Dictionary<KeyHash, (RawValue Id, UInt128 Hash)> expected,
        Dictionary<KeyHash, (RawValue Id, UInt128 Hash)> actual
    )
    {
        foreach (var key in expected.Keys.Union(actual.Keys).Where(key => !IsEqual(expected, actual, key)))
        {
            var isThere = expected.TryGetValue(key, out var theirs);
            var isHere = actual.TryGetValue(key, out var ours);
            var id = isThere ? theirs.Id : ours.Id;
            if (!round.Ahead.Contains(key))
            {
                log.Add(key, collection.Source.Name, id, isThere ? theirs.Hash : null, isHere ? ours.Hash : null);
            }

            lock (state.Gate)
            {
                if (!round.Ahead.Contains(key) && state.Find(collection.Uuid) is not null)
                {
                    state.Router.Refresh(key, new(collection.Uuid, id));
                    state.Dirtied.Set();
                }

                book.Again(key, new(collection, id));
            }
        }
    }
}
