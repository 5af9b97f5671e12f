using Godwit.Bson;
using Godwit.Engine.Changes;
using Godwit.Engine.Faults;
using Godwit.Engine.Ports;
using Godwit.Engine.Recovery;
using Godwit.Engine.Reporting;
using Godwit.Engine.Spooling;

namespace Godwit.Engine.Lifecycle;

/// <summary>An open change stream, its first batch, and the time from which on it misses nothing.</summary>
internal sealed record OpenedStream(
    IChangeStream Stream,
    ChangeBatch First,
    ClusterTime Position,
    SavedProgress Progress,
    RawDocument After
);

/// <summary>
/// Opens the stream a life of the migration follows (S4): at the saved token if the source's history is the same and reaches back to
/// it, else at the present, with everything to be compared (S20).
/// </summary>
internal sealed class StreamOpener(
    ISourceCluster source,
    IDestinationCluster destination,
    ReservedStore store,
    StreamSpool? spool,
    Notices notices,
    RetryPolicy retry,
    MigrationSettings settings
)
{
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
                ? await spool.RecoverAsync(time, cancellationToken)
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
                var start = new ChangeStreamRequest(
                    after,
                    after.IsEmpty ? floor : null,
                    KeysOnly: false,
                    settings.ChangeAwaitTime
                );
                var (stream, first) = await StartAsync(start, cancellationToken);
                return new(stream, first, floor ?? StartOf(first), saved, after);
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
        var present = new ChangeStreamRequest(RawDocument.Empty, null, KeysOnly: false, settings.ChangeAwaitTime);
        var (fresh, batch) = await StartAsync(present, cancellationToken);
        return new(fresh, batch, StartOf(batch), progress, RawDocument.Empty);
    }

    private static ClusterTime StartOf(ChangeBatch first) => ResumeToken.TimeOf(first.PostBatchResumeToken).Previous();

    /// <summary>Resumes after the newest event that was seen, only to learn whether it is there.</summary>
    private async Task<HistoryFinding> FindEventAsync(RawDocument token, CancellationToken cancellationToken)
    {
        try
        {
            var request = new ChangeStreamRequest(token, null, KeysOnly: false, TimeSpan.Zero);
            var (stream, batch) = await StartAsync(request, cancellationToken);
            batch.Dispose();
            await stream.DisposeAsync();
            return HistoryFinding.Same;
        }
        catch (ClusterException lost) when (lost.Kind == FaultKind.HistoryLost)
        {
            return HistoryCheck.Judge(lost, isEvent: true);
        }
    }

    private Task<(IChangeStream Stream, ChangeBatch First)> StartAsync(
        ChangeStreamRequest request,
        CancellationToken cancellationToken
    ) =>
        retry.RunAsync(
            async token =>
            {
                var stream = await source.OpenChangesAsync(request, token);
                try
                {
                    return (stream, await stream.NextAsync(token));
                }
                catch (ClusterException)
                {
                    await stream.DisposeAsync();
                    throw;
                }
            },
            cancellationToken
        );

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
