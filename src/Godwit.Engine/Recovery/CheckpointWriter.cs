using Godwit.Bson;
using Godwit.Engine.Applying;
using Godwit.Engine.Changes;
using Godwit.Engine.Pacing;
using Godwit.Engine.Planning;
using Godwit.Engine.Spooling;

namespace Godwit.Engine.Recovery;

/// <summary>
/// Saves floor, ceiling and token about once a second, and at once when a lane stands at the ceiling (S16). The position goes first:
/// a range is saved as copied only under a ceiling that is not below it.
/// </summary>
internal sealed class CheckpointWriter(
    SyncState state,
    ReservedStore store,
    TokenHistory tokens,
    StreamSpool? spool,
    Pulse wanted,
    MigrationSettings settings,
    TimeProvider time
)
{
    private const string PositionId = "position";

    /// <summary>The floor that was saved last: what a restart would go on from, and what the oplog has to reach back to (S33).</summary>
    internal ClusterTime SavedFloor { get; private set; }

    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var asked = wanted.Next;
            await SaveAsync(cancellationToken);
            _ = await Task.WhenAny(asked, Task.Delay(settings.CheckpointEvery, time, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>A position as it is kept.</summary>
    internal static RawDocument Describe(FloorAndCeiling plan, RawDocument token, RawDocument lastEvent) =>
        new DocumentBuilder
        {
            { "_id", PositionId },
            { "floor", plan.Floor },
            { "ceiling", plan.Ceiling },
            { "token", token },
            { "event", lastEvent },
        }.Build();

    /// <summary>Saves the position as it is now.</summary>
    internal async Task SaveAsync(CancellationToken cancellationToken)
    {
        FloorAndCeiling plan;
        RawDocument token;
        RawDocument lastEvent;
        IReadOnlyList<(FollowedCollection Collection, CopyRange Range)> finished;
        lock (state.Gate)
        {
            plan = state.Router.PlanCheckpoint(settings.CeilingSlackSeconds);
            token = tokens.AtOrBefore(plan.Floor);
            lastEvent = tokens.LastEvent;
            finished = state.Unsaved.Look();
        }

        await store.PutAsync(ReservedStore.Position, [Describe(plan, token, lastEvent)], cancellationToken);
        if (finished.Count > 0)
        {
            var ranges = finished
                .Select(one =>
                    SavedRange.Of(one.Collection.Uuid, one.Collection.Destination.Uuid, one.Range).ToDocument()
                )
                .ToList();
            await store.PutAsync(ReservedStore.Ranges, ranges, cancellationToken);
        }

        lock (state.Gate)
        {
            state.Router.Saved(plan);
            SavedFloor = plan.Floor;
            state.Unsaved.Saved(finished);
        }

        foreach (var lane in state.Lanes)
        {
            lane.Woken.Set();
        }

        if (spool is not null)
        {
            await spool.ForgetAsync(plan.Floor, cancellationToken);
        }
    }
}
