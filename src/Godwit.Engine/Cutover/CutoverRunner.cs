using Godwit.Bson;
using Godwit.Engine.Applying;
using Godwit.Engine.Faults;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;
using Godwit.Engine.Recovery;
using Godwit.Engine.Verifying;

namespace Godwit.Engine.Cutover;

/// <summary>
/// Switches over (S25–S28): 1. journals "blocking" and blocks the source; 2. takes the final time by a note and drains to it; 3. proves
/// both sides equal there; 4. prepares unique indexes; 5. journals the decision, which opens the destination; 6. puts constraints in
/// force; 7. journals the end. Anything that fails before 5 gives the cutover up and releases the source.
/// </summary>
internal sealed class CutoverRunner(
    SyncState state,
    ISourceCluster source,
    IDestinationCluster destination,
    CatalogueKeeper keeper,
    Verifier verifier,
    ReservedStore store,
    RetryPolicy retry,
    MigrationSettings settings,
    TimeProvider time,
    CommitJournal found
)
{
    private const int ChangesAtOnce = 16;
    private ClusterTime blockedAt;
    private int lateWrites;

    internal CommitJournal Journal { get; private set; } = found;

    /// <summary>From the block to the decision.</summary>
    internal TimeSpan Downtime { get; private set; }

    /// <summary>What a person should know.</summary>
    internal List<string> Remarks { get; } = [];

    /// <summary>Gives up a cutover that a dead host had begun, releasing the source (S26).</summary>
    internal async Task TakeOverAsync(CancellationToken cancellationToken)
    {
        if (Journal.State == CommitState.Blocking)
        {
            await AbortAsync("the process that had begun the cutover ended", cancellationToken);
        }
        else if (Journal.MustReleaseSource)
        {
            await ReleaseAsync(cancellationToken);
        }
    }

    /// <summary>Runs a cutover up to the decision. Throws if it had to be given up; the migration goes on then.</summary>
    internal async Task DecideAsync(CancellationToken cancellationToken)
    {
        await SaveAsync(Journal.Decide(CommitCommand.Block, settings.BlockSourceWrites), cancellationToken);
        try
        {
            if (settings.BlockSourceWrites)
            {
                await retry.RunAsync(
                    token => source.SetWriteBlockAsync(true, settings.WriteBlockTimeout, token),
                    cancellationToken
                );
            }

            var start = time.GetTimestamp();
            var final = await retry.RunAsync(
                token => source.AppendNoteAsync("godwit: final time", token),
                cancellationToken
            );
            WatchForLateWrites(final);
            var (_, finalTime) = await verifier.ProveAsync(final, cancellationToken);
            await ModifyAsync(FinalDefinitions.BeforeOpening, cancellationToken);
            if (Volatile.Read(ref lateWrites) > 0)
            {
                throw new MigrationFailedException(
                    "LateWrites",
                    "The source was written to after the cutover had begun; the cutover was given up and the migration goes on.",
                    "Stop all writers, or let the cutover block writes on the source, and cut over again."
                );
            }

            await SaveAsync(Journal.Decide(CommitCommand.Decide, finalTime: finalTime), cancellationToken);
            Downtime = time.GetElapsedTime(start);
        }
        catch (Exception failure) when (failure is not OperationCanceledException && !Journal.IsDestinationOpen)
        {
            await AbortAsync(failure.Message, cancellationToken);
            throw;
        }
    }

    /// <summary>Puts everything in force that was neutral and ends the journal; goes on where an earlier life stopped.</summary>
    internal async Task FinishAsync(CancellationToken cancellationToken)
    {
        if (Journal.State == CommitState.Decided)
        {
            await ModifyAsync(FinalDefinitions.AfterOpening, cancellationToken);
            await SaveAsync(Journal.Decide(CommitCommand.Finish), cancellationToken);
        }
    }

    /// <summary>Notes a data event routed after the final time: before the decision it aborts the cutover, later it is reported (S27, S28).</summary>
    internal void NoteEvent(ClusterTime at, Namespace name)
    {
        if (blockedAt != default && at > blockedAt && Interlocked.Increment(ref lateWrites) == 1)
        {
            Remarks.Add($"a late write on the source after the final time, in {name}");
        }
    }

    private void WatchForLateWrites(ClusterTime final)
    {
        lock (state.Gate)
        {
            blockedAt = final;
            lateWrites = 0;
            state.LateWriteWatcher = NoteEvent;
        }
    }

    private async Task AbortAsync(string reason, CancellationToken cancellationToken)
    {
        Remarks.Add($"a cutover was given up: {reason}");
        lock (state.Gate)
        {
            state.LateWriteWatcher = null;
        }

        await SaveAsync(Journal.Decide(CommitCommand.Abort), cancellationToken);
        if (Journal.MustReleaseSource)
        {
            await ReleaseAsync(cancellationToken);
        }
    }

    private async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        await retry.RunAsync(
            token => source.SetWriteBlockAsync(false, settings.WriteBlockTimeout, token),
            cancellationToken
        );
        await SaveAsync(Journal.Released(), cancellationToken);
    }

    private async Task SaveAsync(CommitJournal? next, CancellationToken cancellationToken)
    {
        var journal = next ?? throw new InvalidOperationException($"a cutover cannot go on from {Journal.State}");
        var fields = new DocumentBuilder
        {
            { "commit", journal.ToDocument() },
            { "state", journal.State.ToString() },
            { "finished", journal.State == CommitState.Committed },
        };
        await store.SetStateAsync(fields.Build(), cancellationToken);
        Journal = journal;
    }

    private async Task ModifyAsync(
        Func<CollectionDescription, CollectionDescription, IReadOnlyList<RawDocument>> plan,
        CancellationToken cancellationToken
    )
    {
        var there = await retry.RunAsync(token => source.ListCatalogueAsync(null, token), cancellationToken);
        var here = await retry.RunAsync(token => destination.ListCatalogueAsync(null, token), cancellationToken);
        var byUuid = here.Collections.Where(one => one.Uuid != Guid.Empty).ToDictionary(one => one.Uuid);
        var origins = there.Collections.Where(one => one.Uuid != Guid.Empty).ToDictionary(one => one.Uuid);
        var work = keeper
            .Mappings.Where(row => origins.ContainsKey(row.SourceUuid) && byUuid.ContainsKey(row.DestinationUuid))
            .Select(row =>
                (
                    Address: byUuid[row.DestinationUuid].Address,
                    Plan: plan(origins[row.SourceUuid], byUuid[row.DestinationUuid])
                )
            );
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = ChangesAtOnce,
            CancellationToken = cancellationToken,
        };
        await Parallel.ForEachAsync(
            work,
            options,
            async (one, token) =>
            {
                foreach (var change in one.Plan)
                {
                    await retry.RunAsync(again => destination.ModifyCollectionAsync(one.Address, change, again), token);
                }
            }
        );
    }
}
