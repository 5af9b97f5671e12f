using Godwit.Bson;
using Godwit.Engine.Changes;
using Godwit.Engine.Faults;
using Godwit.Engine.Ports;
using Godwit.Engine.Recovery;
using Godwit.Engine.Reporting;
using Godwit.Engine.Spooling;

namespace Godwit.Engine.Lifecycle;

/// <summary>The open change streams, which together carry every event, and the time from which on they miss nothing.</summary>
/// <param name="Parts">The streams; one as a rule (S10).</param>
/// <param name="Position">The time.</param>
/// <param name="Progress">What of an earlier life is gone on with.</param>
/// <param name="After">The position they go on after; empty if they begin at a time.</param>
internal sealed record OpenedStream(
    IReadOnlyList<OpenedPart> Parts,
    ClusterTime Position,
    SavedProgress Progress,
    RawDocument After
);

/// <summary>One open change stream.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="First">Its first batch.</param>
/// <param name="After">The token it goes on after; empty if it begins at a time.</param>
/// <param name="Part">Which of the events it carries; <see langword="null"/> for all.</param>
internal sealed record OpenedPart(IChangeStream Stream, ChangeBatch First, RawDocument After, StreamPart? Part);

/// <summary>
/// Opens the streams a life of the migration follows (S4, S10): at the saved tokens if the source's history is the same and reaches back to
/// it, else at the present, with everything to be compared (S20).
/// </summary>
/// <param name="source">The source.</param>
/// <param name="destination">The destination.</param>
/// <param name="store">Where progress is kept.</param>
/// <param name="spool">What an earlier life has put on disk; <see langword="null"/> without.</param>
/// <param name="notices">What a person should know.</param>
/// <param name="retry">How long faults are waited out.</param>
/// <param name="settings">How long streams wait for events.</param>
/// <param name="streams">How many; <see langword="null"/> for as many as an earlier life ended with.</param>
internal sealed class StreamOpener(
    ISourceCluster source,
    IDestinationCluster destination,
    ReservedStore store,
    StreamSpool? spool,
    Notices notices,
    RetryPolicy retry,
    MigrationSettings settings,
    int? streams
)
{
    private readonly StreamStarter starter = new(source, retry, settings);

    /// <exception cref="MigrationFailedException">The history is another one, and nobody has said that this is meant.</exception>
    internal async Task<OpenedStream> OpenAsync(
        SavedProgress saved,
        ClusterIdentity? before,
        ClusterIdentity now,
        CancellationToken cancellationToken
    )
    {
        var floor = saved.Position?.Floor;
        var finding = HistoryCheck.Judge(before, now, floor ?? ClusterTime.Zero);
        var spooled =
            finding.State == HistoryState.Same && spool is not null && floor is { } time
                ? await RecoverAsync(spool, time, cancellationToken)
                : RawDocument.Empty;
        if (finding.State == HistoryState.Same && spooled.IsEmpty && !saved.LastEvent.IsEmpty)
        {
            finding = await FindEventAsync(saved.LastEvent, cancellationToken);
        }

        if (finding.State == HistoryState.Same)
        {
            try
            {
                // Behind what an earlier life has spooled, so that the source need not remember it (S33).
                var after = spooled.IsEmpty ? saved.Token : spooled;
                var count = CountAfter(after);
                var places = after.IsEmpty ? null : StreamPositions.Split(after, count);
                var opened = await starter.StartAsync(count, places, floor, cancellationToken);
                return new(opened, floor ?? StartOf(opened), saved, places is null ? RawDocument.Empty : after);
            }
            catch (ClusterException lost) when (lost.Kind == FaultKind.HistoryLost)
            {
                finding = HistoryCheck.Judge(lost, isEvent: false);
                spool?.Clear();
            }
        }

        if (finding.State == HistoryState.Changed && !settings.AcceptHistoryChange)
        {
            throw finding.ToFailure();
        }

        notices.Say(
            $"{finding.Message}: everything is compared with the source as it is now, and only what differs is copied again. Nothing is claimed until that is done."
        );
        var progress = await ForgetAsync(saved, cancellationToken);
        var fresh = await starter.StartAsync(CountAfter(saved.Token), null, null, cancellationToken);
        return new(fresh, StartOf(fresh), progress, RawDocument.Empty);
    }

    /// <summary>As many as are asked for; where none are, as many as there were.</summary>
    private int CountAfter(RawDocument position) =>
        streams ?? (position.IsEmpty ? 1 : StreamPositions.CountOf(position));

    /// <summary>What an earlier life with another number of streams has spooled cannot be gone on behind.</summary>
    private async Task<RawDocument> RecoverAsync(
        StreamSpool earlier,
        ClusterTime floor,
        CancellationToken cancellationToken
    )
    {
        var recovered = await earlier.RecoverAsync(floor, cancellationToken);
        if (recovered.IsEmpty || StreamPositions.Split(recovered, CountAfter(recovered)) is not null)
        {
            return recovered;
        }

        earlier.Clear();
        return RawDocument.Empty;
    }

    /// <summary>The time just before which no stream can be behind.</summary>
    private static ClusterTime StartOf(IReadOnlyList<OpenedPart> opened) =>
        opened.Min(one => ResumeToken.TimeOf(one.First.PostBatchResumeToken)).Previous();

    /// <summary>Resumes after the newest event that was seen, only to learn whether it is there.</summary>
    private async Task<HistoryFinding> FindEventAsync(RawDocument token, CancellationToken cancellationToken)
    {
        try
        {
            var request = new ChangeStreamRequest(token, null, KeysOnly: false, TimeSpan.Zero);
            var (stream, batch) = await starter.StartAsync(request, cancellationToken);
            batch.Dispose();
            await stream.DisposeAsync();
            return HistoryFinding.Same;
        }
        catch (ClusterException lost) when (lost.Kind == FaultKind.HistoryLost)
        {
            return HistoryCheck.Judge(lost, isEvent: true);
        }
    }

    /// <summary>
    /// Ranges first: until the new position is saved, the next life finds the old one and comes here again. From then on what was
    /// not compared yet is a range that was begun.
    /// </summary>
    private async Task<SavedProgress> ForgetAsync(SavedProgress saved, CancellationToken cancellationToken)
    {
        var there = await retry.RunAsync(token => source.ListCatalogueAsync(null, token), cancellationToken);
        var here = await retry.RunAsync(token => destination.ListCatalogueAsync(null, token), cancellationToken);
        var rows = IdentityTransfer.Plan(saved.Mappings, there.Collections, here.Collections);
        var moved = saved.Mappings.Except(rows).Select(ReservedStore.IdOf).ToList();
        await store.RemoveAsync(
            ReservedStore.Ranges,
            saved.Ranges.SelectMany(group => group).Select(range => range.Id),
            cancellationToken
        );
        await store.PutAsync(
            ReservedStore.Collections,
            rows.Except(saved.Mappings).Select(ReservedStore.Write),
            cancellationToken
        );
        await store.RemoveAsync(ReservedStore.Collections, moved, cancellationToken);
        return saved.WithoutHistory(rows);
    }
}
