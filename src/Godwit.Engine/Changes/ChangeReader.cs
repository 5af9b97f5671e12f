using Godwit.Bson;
using Godwit.Engine.Applying;
using Godwit.Engine.Faults;
using Godwit.Engine.Pacing;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Changes;

/// <summary>
/// Reads the change stream and routes every event once, in order. Stops at barriers, handles definition events between data events,
/// and opens the stream again after its last token when it breaks.
/// </summary>
internal sealed class ChangeReader(
    SyncState state,
    ISourceCluster source,
    CatalogueKeeper keeper,
    AlignedBarrier barrier,
    TokenHistory tokens,
    RetryPolicy retry,
    ByteBudget budget,
    MigrationSettings settings
)
{
    private readonly SplitEventJoiner joiner = new();
    private ClusterTime lastRouted;

    /// <summary>Reads until cancelled, from an open stream whose first batch is at hand.</summary>
    internal async Task RunAsync(
        IChangeStream opened,
        ChangeBatch first,
        ClusterTime position,
        CancellationToken cancellationToken
    )
    {
        lastRouted = position;
        var stream = opened;
        try
        {
            await RouteAsync(first, cancellationToken);
            while (true)
            {
                var batch = await NextAsync(stream, cancellationToken);
                if (batch is null)
                {
                    await stream.DisposeAsync();
                    stream = await retry.RunAsync(ReopenAsync, cancellationToken);
                    continue;
                }

                await RouteAsync(batch, cancellationToken);
            }
        }
        finally
        {
            await stream.DisposeAsync();
        }
    }

    /// <summary>The next batch; <see langword="null"/> if the stream broke and can be opened again.</summary>
    private static async Task<ChangeBatch?> NextAsync(IChangeStream stream, CancellationToken cancellationToken)
    {
        try
        {
            return await stream.NextAsync(cancellationToken);
        }
        catch (ClusterException fault) when (fault.Kind is FaultKind.Transient or FaultKind.NeedsNewCursor)
        {
            return null;
        }
    }

    private Task<IChangeStream> ReopenAsync(CancellationToken cancellationToken) =>
        source.OpenChangesAsync(
            new(tokens.Newest, tokens.Newest.IsEmpty ? lastRouted : null, KeysOnly: false, settings.ChangeAwaitTime),
            cancellationToken
        );

    private async Task RouteAsync(ChangeBatch batch, CancellationToken cancellationToken)
    {
        var token = batch.PostBatchResumeToken;
        var lastEvent = tokens.LastEvent;
        var share = await budget.TakeAsync(batch.Events.Bytes.Length, cancellationToken);
        RawDocument last = default;
        using (var block = new SharedBlock(share, batch))
        {
            foreach (var document in batch.Events)
            {
                last = document;
                if (joiner.Add(document) is { } whole)
                {
                    await RouteAsync(ChangeEvent.Parse(whole), block, cancellationToken);
                }
            }

            if (batch.Events.Count > 0)
            {
                lastEvent = new(last["_id"].AsDocument.Bytes.ToArray());
            }
        }

        var time = ResumeToken.TimeOf(token);
        lock (state.Gate)
        {
            tokens.LastEvent = lastEvent;
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

    private async Task RouteAsync(ChangeEvent change, SharedBlock block, CancellationToken cancellationToken)
    {
        if (change.Time > lastRouted)
        {
            await barrier.PassAsync(change.Time.Previous(), DrainAsync(cancellationToken), cancellationToken);
        }

        if (change.Kind == EventKind.Definition)
        {
            if (change.Time > keeper.ListedAt && !IsKeptAsLate(change))
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
                state.Router.See(change.Time);
                if (state.Find(change.Collection) is { } collection)
                {
                    var key = collection.Hash(FollowedCollection.KeyOf(change.Id));
                    state.Route(new(change, collection, key, block.Share()), change.IsPartial);
                    return true;
                }

                if (keeper.Gone.Contains(change.Collection))
                {
                    return true;
                }
            }

            var name = change.ReadName();
            if (name.Collection.StartsWith("system.", StringComparison.Ordinal) || change.Time <= keeper.ListedAt)
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
