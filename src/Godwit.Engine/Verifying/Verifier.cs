using Godwit.Bson;
using Godwit.Engine.Applying;
using Godwit.Engine.Changes;
using Godwit.Engine.Copying;
using Godwit.Engine.Faults;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;
using Godwit.Engine.Recovery;

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
    DefinitionVerifier definitions,
    DifferenceLog log,
    CollectionSums sums,
    ProofRecord record,
    MissedChanges missed,
    RangeHands hands,
    RangeComparison ranges,
    RetryPolicy retry,
    MigrationSettings settings,
    TimeProvider time
)
{
    /// <summary>
    /// One round at a time, with the judgement that follows it: a round takes what it compares out of the book, so to anyone else
    /// everything would look proven while it runs.
    /// </summary>
    private readonly SemaphoreSlim rounds = new(1);

    /// <summary>On a sharded source only: elsewhere a difference is one at once.</summary>
    private readonly PassingDifferences? passing = state.IsSourceSharded ? new() : null;

    private SavedProof? earlier;

    /// <summary>
    /// Whether everything was compared at least once, but for what a cutover compares on its way, and nothing is known to differ.
    /// </summary>
    internal bool IsProven { get; private set; }

    /// <summary>The times of the last round.</summary>
    internal (ClusterTime Source, ClusterTime Destination) ComparedAt { get; private set; }

    /// <summary>How long the last round took, from asking for its barrier: about what a cutover now would take (S25).</summary>
    internal TimeSpan? LastRound { get; private set; }

    /// <summary>
    /// Takes over what an earlier life has verified, once the collections are known and before any event is routed: what changed on
    /// either side since then is compared, and nothing else (S21, S22).
    /// </summary>
    internal async Task TakeOverAsync(CancellationToken cancellationToken)
    {
        earlier = await record.TakeOverAsync(cancellationToken);
        if (earlier is not null)
        {
            state.Watcher = Watch;
            watcher.GoOnFrom(earlier.Destination);
        }
    }

    /// <summary>Verifies again and again, as soon as nearly everything is copied, until cancelled.</summary>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        await CatchUpAsync(cancellationToken);
        await state.UntilAsync(() => state.IsNearlyCopied, cancellationToken);
        while (true)
        {
            await rounds.WaitAsync(cancellationToken);
            try
            {
                var round = await RunRoundAsync(ComparableFrom(), cancellationToken);
                await record.SaveAsync(round, cancellationToken);
                bool areDocumentsProven;
                lock (state.Gate)
                {
                    areDocumentsProven = state.IsNearlyCopied && book.AreNearlyVerified(state.Collections);
                }

                await definitions.CompareAsync(round.Source, cancellationToken);
                IsProven = areDocumentsProven && definitions.WasProven && log.Open == 0;
            }
            finally
            {
                _ = rounds.Release();
            }

            state.Changed.Set();
            await Task.Delay(settings.VerifyEvery, time, cancellationToken);
        }
    }

    /// <summary>Nothing is compared before it is known what changed since an earlier life has compared it.</summary>
    private async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        if (earlier is not null)
        {
            await missed.WatchAsync(earlier.Source, cancellationToken);
            var identity = await retry.RunAsync(destination.IdentifyAsync, cancellationToken);
            await watcher.ReachAsync(identity.OperationTime, cancellationToken);
        }
    }

    /// <summary>Before a cutover: definitions that have changed without an event are carried over, too.</summary>
    internal async Task LookAtDefinitionsAsync(CancellationToken cancellationToken)
    {
        await rounds.WaitAsync(cancellationToken);
        try
        {
            await definitions.LookAsync(cancellationToken);
        }
        finally
        {
            _ = rounds.Release();
        }
    }

    /// <summary>
    /// At cutover: no round runs, and none begins before <see cref="Resume"/>. While the final time is taken events are kept back, so a
    /// barrier there would not be one (S28); and once the destination is open, what others write there is not to be healed.
    /// </summary>
    internal Task HoldAsync(CancellationToken cancellationToken) => rounds.WaitAsync(cancellationToken);

    /// <summary>Lets verification go on after a cutover that was given up.</summary>
    internal void Resume() => rounds.Release();

    /// <summary>
    /// While held: compares until nothing is left to compare at or after <paramref name="noEarlierThan"/>, on either side. Returns the
    /// times of the round that proved it.
    /// </summary>
    internal async Task<(ClusterTime Source, ClusterTime Destination)> ProveAsync(
        ClusterTime noEarlierThan,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            await state.UntilAsync(() => state.IsCopied, cancellationToken);
            var round = await RunRoundAsync(noEarlierThan, cancellationToken);
            await definitions.CompareAsync(round.Source, cancellationToken);
            if (round.Ahead.Count == 0 && await IsConfirmedAsync(cancellationToken))
            {
                return (round.Source, round.Destination);
            }
        }
    }

    /// <summary>
    /// While held: ends at a barrier that no key is ahead of, calls <paramref name="stand"/> there, before the next event is routed, and
    /// compares at that very time until nothing is left to compare. <see langword="null"/> if that does not come about in
    /// <paramref name="patience"/>.
    /// </summary>
    internal async Task<(ClusterTime Source, ClusterTime Destination)?> ProveStandingAsync(
        Action<ClusterTime> stand,
        TimeSpan patience,
        CancellationToken cancellationToken
    )
    {
        ClusterTime? standing = null;
        for (var start = time.GetTimestamp(); time.GetElapsedTime(start) < patience; )
        {
            var round = await RunRoundAsync(standing ?? ComparableFrom(), cancellationToken, standing, Stand);
            await definitions.CompareAsync(round.Source, cancellationToken);
            if (standing is not null && await IsConfirmedAsync(cancellationToken))
            {
                return (round.Source, round.Destination);
            }
        }

        return null;

        void Stand(VerificationRound round)
        {
            if (standing is null && round.Ahead.Count == 0)
            {
                standing = round.Source;
                stand(round.Source);
            }
        }
    }

    /// <summary>The earliest time at which every range can be compared: copied lately, it may be of a later time than the stream is.</summary>
    private ClusterTime ComparableFrom()
    {
        lock (state.Gate)
        {
            return state
                .Collections.SelectMany(one => one.Ranges?.Ranges ?? [])
                .Aggregate(ClusterTime.Zero, (from, range) => ClusterTime.Max(from, range.ComparableFrom));
        }
    }

    /// <summary>Looks once more at the destination, up to this moment: whether a stray write came while the round was comparing (S22).</summary>
    private async Task<bool> IsConfirmedAsync(CancellationToken cancellationToken)
    {
        var identity = await retry.RunAsync(destination.IdentifyAsync, cancellationToken);
        await watcher.ReachAsync(identity.OperationTime, cancellationToken);
        lock (state.Gate)
        {
            return book.WatchedKeys == 0
                && book.AreAllVerified(state.Collections)
                && definitions.IsProven
                && log.Open == 0;
        }
    }

    /// <param name="noEarlierThan">When its barrier may be.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="standing">What is compared instead of the barrier's time: nothing after it reaches the destination.</param>
    /// <param name="planned">Called at the barrier, once it is known what is compared.</param>
    private async Task<VerificationRound> RunRoundAsync(
        ClusterTime noEarlierThan,
        CancellationToken cancellationToken,
        ClusterTime? standing = null,
        Action<VerificationRound>? planned = null
    )
    {
        VerificationRound? round = null;
        var start = time.GetTimestamp();
        await watcher.StartedAsync(cancellationToken);
        try
        {
            await barrier.RunAsync(
                noEarlierThan,
                async (at, token) =>
                {
                    await state.UntilAsync(() => TryPlan(standing ?? at, out round), token);
                    planned?.Invoke(round!);
                    // After the plan: a stray write that the watcher notes from now on may be later than this time, and is
                    // kept for the next round; what was noted before cannot be later (S22).
                    var identity = await retry.RunAsync(destination.IdentifyAsync, token);
                    round = round! with { Destination = identity.OperationTime };
                },
                cancellationToken
            );
            await CompareAsync(round!, cancellationToken);
        }
        catch (Exception)
        {
            if (round is not null)
            {
                lock (state.Gate)
                {
                    book.Undo(round);
                }
            }

            throw;
        }

        ComparedAt = (round!.Source, round.Destination);
        LastRound = time.GetElapsedTime(start);
        return round;
    }

    /// <summary>
    /// At a barrier: everything up to <paramref name="at"/> is on the destination and nothing after it, keys ahead aside. With the lanes
    /// empty, every key that may still be written is dirty: a re-read that is carried out from now on is of one of these.
    /// </summary>
    private bool TryPlan(ClusterTime at, out VerificationRound? round)
    {
        round = null;
        if (state.AreLanesEmpty)
        {
            state.Watcher ??= Watch;
            log.NoteLive(state.Collections.Select(one => one.Uuid).ToHashSet());
            var seen = watcher.Frontier;
            round = book.Plan(at, state.Collections, state.Router.KeysAheadOf(at)) with { Seen = seen };
        }

        return round is not null;
    }

    private void Watch(FollowedCollection collection, KeyHash key, RawValue id)
    {
        passing?.Forget(key);
        book.Watch(collection, key, id);
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
            round.Keys.GroupBy(entry => entry.Value.Collection).SelectMany(group => group.Chunk(group.Key.KeysPerRead)),
            options,
            async (keys, token) => await CompareKeysAsync(round, keys, token)
        );
        await CompareRangesAsync(round, start, cancellationToken);
    }

    /// <summary>Other hosts help where there is more than this process takes at once: what is little is done sooner without them.</summary>
    private Task CompareRangesAsync(VerificationRound round, long start, CancellationToken cancellationToken)
    {
        var others =
            round.Ranges.Count > settings.Verifiers && hands.Others is { } hosts
                ? Enumerable.Repeat(hosts, Math.Min(settings.RemoteCopiers, round.Ranges.Count))
                : [];
        return RangeShare.RunAsync(
            round.Ranges,
            [.. others, .. Enumerable.Repeat(hands.Own, settings.Verifiers)],
            async (host, one, token) =>
            {
                var isInTime = time.GetElapsedTime(start) < settings.SnapshotAgeMax;
                if (!isInTime || !await TryCompareAsync(host, round, one.Collection, one.Range, token))
                {
                    lock (state.Gate)
                    {
                        book.TakeBack(one.Range);
                    }
                }
            },
            cancellationToken
        );
    }

    /// <summary>False if the range could not be compared in this round.</summary>
    private async Task<bool> TryCompareAsync(
        IRangeHost host,
        VerificationRound round,
        FollowedCollection collection,
        CopyRange range,
        CancellationToken cancellationToken
    )
    {
        var there = collection.ReadOf(range, round.Source);
        var here = collection.ReadOfCopy(range, round.Destination);
        try
        {
            var (theirs, ours) = await host.SumAsync(new(there, here), cancellationToken);
            state.Counters.AddCompared(theirs.Documents, theirs.Bytes);
            sums.Set(collection, range, theirs);
            return theirs.IsEqualTo(ours)
                ? ranges.NoteEqual(round, collection)
                : await CompareByKeysAsync(round, collection, there, here, cancellationToken);
        }
        catch (ClusterException fault) when (IsForLater(fault))
        {
            state.NoteMoved(fault);
            return false;
        }
    }

    /// <summary>False if it is left to another round.</summary>
    private async Task<bool> CompareByKeysAsync(
        VerificationRound round,
        FollowedCollection collection,
        RangeRead there,
        RangeRead here,
        CancellationToken cancellationToken
    )
    {
        var found = await ranges.CompareAsync(round, collection, there, here, cancellationToken);
        await NoteDifferencesAsync(round, collection, found.Differences, found.Repeated, cancellationToken);
        return found.IsComplete;
    }

    private async Task CompareKeysAsync(
        VerificationRound round,
        KeyValuePair<KeyHash, WatchedKey>[] keys,
        CancellationToken cancellationToken
    )
    {
        var collection = keys[0].Value.Collection;
        var ids = keys.Select(entry => entry.Value.Id).ToList();
        sums.Outdate(collection, ids);
        var pairs = new PairComparison(collection.Uuid, keys.Length);
        try
        {
            var reading = destination.ReadDocumentsAsync(
                new(collection.Destination, round.Destination, ids),
                cancellationToken
            );
            using var there = await source.ReadDocumentsAsync(
                new(collection.Source.Address, round.Source, ids),
                cancellationToken
            );
            using var here = await reading;
            pairs.Add(there, isSource: true);
            pairs.Add(here, isSource: false);
            pairs.Finish();
            state.Counters.AddCompared(there.Count, there.Bytes.Length);
        }
        catch (ClusterException fault) when (IsForLater(fault))
        {
            state.NoteMoved(fault);
            lock (state.Gate)
            {
                foreach (var (key, watch) in keys)
                {
                    book.Again(key, watch);
                }
            }

            return;
        }

        await NoteDifferencesAsync(round, collection, pairs.Differences, pairs.RepeatedInSource, cancellationToken);
        var different = pairs.Differences.Select(one => one.Key).ToHashSet();
        foreach (var (key, _) in keys.Where(entry => !different.Contains(entry.Key)))
        {
            log.NoteEqual(key);
            Settle(key);
        }
    }

    private void Settle(KeyHash key)
    {
        if (passing is not null)
        {
            lock (state.Gate)
            {
                passing.Forget(key);
            }
        }
    }

    private static bool IsForLater(ClusterException fault) =>
        fault.Kind is FaultKind.Transient or FaultKind.NeedsNewCursor or FaultKind.Moved;

    /// <summary>Whether a difference may be that of a transaction whose events are still to come (S23).</summary>
    private bool MayPass(KeyHash key, ClusterTime barrier)
    {
        if (passing is null)
        {
            return false;
        }

        lock (state.Gate)
        {
            return !passing.HasLasted(key, barrier);
        }
    }

    /// <summary>Real differences are logged, kept, and healed by reading again; keys ahead of the barrier wait for the next (S21, S24).</summary>
    private async Task NoteDifferencesAsync(
        VerificationRound round,
        FollowedCollection collection,
        IReadOnlyList<KeyDifference> differences,
        RawValue repeated,
        CancellationToken cancellationToken
    )
    {
        if (!repeated.IsMissing)
        {
            throw RepeatedIds.Failure(collection.Source.Name, repeated);
        }

        var real = differences.Where(one => !round.Ahead.Contains(one.Key) && !MayPass(one.Key, round.Source)).ToList();
        real.ForEach(one => log.Add(one, collection, round.Source));
        if (real.Count > 0)
        {
            await record.SaveDifferencesAsync(cancellationToken);
        }

        lock (state.Gate)
        {
            if (collection.IsCapped && real.Exists(one => one.Destination is null))
            {
                state.BeginAnew(collection, "documents of the source were missing");
            }
            else if (real.Count > 0 && ReferenceEquals(state.Find(collection.Uuid), collection))
            {
                real.ForEach(one => state.Router.Refresh(one.Key, new(collection.Uuid, one.Id)));
                state.Dirtied.Set();
            }

            foreach (var one in differences)
            {
                book.Again(one.Key, new(collection, one.Id));
            }
        }
    }
}
