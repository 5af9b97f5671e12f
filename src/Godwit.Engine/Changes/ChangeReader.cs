using Godwit.Bson;
using Godwit.Engine.Applying;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;
using Godwit.Engine.Scoping;
using Godwit.Engine.Spooling;

namespace Godwit.Engine.Changes;

/// <summary>
/// Takes the stream's batches out of the buffer and routes every event once, in order. Stops at barriers, handles definition events
/// between data events.
/// </summary>
internal sealed class ChangeReader(
    SyncState state,
    EventBuffer buffer,
    CatalogueKeeper keeper,
    AlignedBarrier barrier,
    TokenHistory tokens,
    NamespaceScope scope,
    ClusterTime position
)
{
    /// <summary>Events routed under one gate: so few that nobody else waits for it long.</summary>
    private const int AtOnceMax = 128;

    private readonly SplitEventJoiner joiner = new();
    private ClusterTime lastRouted = position;

    /// <summary>Routes until cancelled.</summary>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var (batch, share) = await buffer.TakeAsync(cancellationToken);
            RawDocument last = default;
            using (var block = new SharedBlock(share, batch))
            {
                await state.Room.MakeRoomAsync(batch.Events.Bytes.Length, cancellationToken);
                await RouteAllAsync(batch.Events, block, cancellationToken);
                last = batch.Events.Count == 0 ? last : new(batch.Events.Last["_id"u8].Bytes.ToArray());
            }

            await CompleteAsync(batch.PostBatchResumeToken, last, cancellationToken);
        }
    }

    /// <summary>A batch is routed: its token is a place to go on from, and says up to where nothing is missing (S10).</summary>
    private async Task CompleteAsync(RawDocument token, RawDocument lastEvent, CancellationToken cancellationToken)
    {
        if (token.IsEmpty)
        {
            // The stream began within an event that came in fragments.
            return;
        }

        var time = ResumeToken.TimeOf(token);
        lock (state.Gate)
        {
            tokens.LastEvent = lastEvent.IsEmpty ? tokens.LastEvent : lastEvent;
            tokens.Add(time, token);
            state.Router.See(time);
        }

        state.Changed.Set();
        state.Dirtied.Set();
        if (time.Previous() >= lastRouted)
        {
            await barrier.PassAsync(time.Previous(), DrainAsync(cancellationToken), cancellationToken);
        }
    }

    private async Task RouteAllAsync(DocumentBatch events, SharedBlock block, CancellationToken cancellationToken)
    {
        var walk = events.GetEnumerator();
        while (TryRouteSome(ref walk, block, out var special))
        {
            if (special is { } change)
            {
                await RouteAsync(change, block, cancellationToken);
            }

            await MakeRoomAsync(cancellationToken);
        }
    }

    private async Task MakeRoomAsync(CancellationToken cancellationToken)
    {
        bool isFull,
            mustForget;
        lock (state.Gate)
        {
            (isFull, mustForget) = (state.IsBacklogFull, state.MustForget);
        }

        if (isFull)
        {
            await state.UntilCaughtUpAsync(cancellationToken);
        }

        if (mustForget)
        {
            await state.ForgetReadAgainAsync(cancellationToken);
        }
    }

    /// <summary>
    /// Routes some events under one gate, up to the next one that more may have to be done for than that. False at the end.
    /// </summary>
    private bool TryRouteSome(ref DocumentBatch.Enumerator walk, SharedBlock block, out ChangeEvent? special)
    {
        special = null;
        lock (state.Gate)
        {
            for (var count = 0; count < AtOnceMax; count++)
            {
                if (!walk.MoveNext())
                {
                    return false;
                }

                var change = ChangeEvent.Parse(walk.Current);
                if (!CanPassBarrier(change) || !change.IsData || state.Find(change.Collection) is not { } collection)
                {
                    special = change;
                    return true;
                }

                Route(change, collection, block);
            }
        }

        return true;
    }

    private bool CanPassBarrier(in ChangeEvent change) => !barrier.IsWanted || change.Time <= lastRouted;

    private void Route(in ChangeEvent change, FollowedCollection collection, SharedBlock block)
    {
        state.Router.See(change.Time);
        state.Route(change, collection, block);
        lastRouted = ClusterTime.Max(lastRouted, change.Time);
    }

    private async Task RouteAsync(ChangeEvent change, SharedBlock block, CancellationToken cancellationToken)
    {
        if (change.Kind == EventKind.Fragment)
        {
            if (joiner.Add(change.Raw) is not { } whole)
            {
                return;
            }

            change = ChangeEvent.Parse(whole);
        }

        if (change.Time > lastRouted)
        {
            await barrier.PassAsync(change.Time.Previous(), DrainAsync(cancellationToken), cancellationToken);
        }

        if (change.Kind == EventKind.Definition)
        {
            if (change.Time > keeper.ListedAt && Concerns(change) && !IsKeptAsLate(change))
            {
                await keeper.HandleAsync(cancellationToken);
            }
        }
        else if (change.IsData && !await TryRouteAsync(change, block, cancellationToken))
        {
            lock (state.Gate)
            {
                _ = keeper.Gone.Add(change.Collection);
            }
        }

        lastRouted = ClusterTime.Max(lastRouted, change.Time);
        lock (state.Gate)
        {
            state.Router.See(change.Time);
        }
    }

    /// <summary>Routes a data event. An unknown UUID is never just ignored: a listing shows whose it is (S1a). False if it is nobody's.</summary>
    private async Task<bool> TryRouteAsync(ChangeEvent change, SharedBlock block, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < 2; attempt++)
        {
            lock (state.Gate)
            {
                if (state.Find(change.Collection) is { } collection)
                {
                    Route(change, collection, block);
                    return true;
                }

                state.Router.See(change.Time);

                if (keeper.Gone.Contains(change.Collection))
                {
                    return true;
                }
            }

            var name = change.ReadName();
            if (!scope.Includes(name))
            {
                // Should it be renamed into the filter, that event asks for a listing.
                return true;
            }

            if (IsOfServer(name) || change.Time <= keeper.ListedAt)
            {
                return false;
            }

            if (IsKeptAsLate(change))
            {
                return true;
            }

            await keeper.HandleAsync(cancellationToken);
        }

        return false;
    }

    private static bool IsOfServer(Namespace name) =>
        name.Collection.StartsWith("system.", StringComparison.Ordinal) && !SeriesNames.IsBuckets(name);

    /// <summary>Whether a definition may be one of what is migrated: by the name it is of, or by the one it gives.</summary>
    private bool Concerns(in ChangeEvent change) =>
        change.ReadName() is var name
        && (name.Collection.Length == 0 || scope.Includes(name) || scope.Includes(change.ReadNewName()));

    /// <summary>A definition that changes after a cutover's final time: listed again if the cutover is given up (S28).</summary>
    private bool IsKeptAsLate(ChangeEvent change)
    {
        lock (state.Gate)
        {
            return state.LateEvents?.TryKeep(change.Time, change.ReadName(), null) == true;
        }
    }

    /// <summary>Waits until everything routed is written; a checkpoint may have to raise the ceiling for it.</summary>
    private Func<Task> DrainAsync(CancellationToken cancellationToken) =>
        () => state.UntilAsync(() => state.IsQuiet, cancellationToken);
}
