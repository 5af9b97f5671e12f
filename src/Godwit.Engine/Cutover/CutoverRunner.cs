using Godwit.Bson;
using Godwit.Engine.Changes;
using Godwit.Engine.Faults;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;
using Godwit.Engine.Recovery;
using Godwit.Engine.Reporting;
using Godwit.Engine.Verifying;

namespace Godwit.Engine.Cutover;

/// <summary>
/// Switches over (S25–S28): 1. prepares unique indexes and asks whether they can become unique; 2. waits for what a write block would
/// wait for; 3. journals "blocking" and blocks the source; 4. takes the final time by a note and drains to it; 5. proves both sides
/// equal there, and that nothing came to the source since; 6. journals the decision and opens the destination; 7. looks what others did
/// to it between 5 and 6; 8. puts constraints in force, and takes counts and hashes anew for the report; 9. journals the end. Anything
/// that fails before 6 gives the cutover up and releases the source.
/// </summary>
internal sealed class CutoverRunner(
    ISourceCluster source,
    AlignedBarrier barrier,
    CatalogueKeeper keeper,
    DefinitionChanger definitions,
    UniquenessCheck uniqueness,
    Verifier verifier,
    CollectionSums sums,
    DifferenceLog log,
    LateWrites late,
    StrayWrites strays,
    JournalKeeper journal,
    SourceBlock sourceBlock,
    DestinationBlock block,
    Notices notices,
    RetryPolicy retry,
    MigrationSettings settings,
    TimeProvider time
)
{
    private static readonly TimeSpan ReleaseTimeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>The destination's time just before applications were let in: what comes later is theirs.</summary>
    private ClusterTime? openedAt;

    internal CommitJournal Journal => journal.Current;

    /// <summary>Whether applications may write to the destination: it is decided, and nothing keeps them out.</summary>
    internal bool IsDestinationOpen { get; private set; }

    /// <summary>From the block to the decision; <see langword="null"/> if this process did not decide it.</summary>
    internal TimeSpan? Downtime { get; private set; }

    /// <summary>Options and indexes that could not be made what they are on the source.</summary>
    internal IReadOnlyList<string> DefinitionsLeft { get; private set; } = [];

    /// <summary>Writes to the source after the final time: the destination does not have them.</summary>
    internal LateWrites Late => late;

    /// <summary>Gives up a cutover that a dead host had begun, releasing the source (S26).</summary>
    internal async Task TakeOverAsync(CancellationToken cancellationToken)
    {
        if (Journal.State == CommitState.Blocking)
        {
            notices.Say("A cutover was given up: the process that had begun it ended.");
            await journal.AdvanceAsync(Journal.Decide(CommitCommand.Abort), cancellationToken);
        }

        if (Journal.MustReleaseSource)
        {
            await ReleaseAsync(cancellationToken);
        }
    }

    /// <summary>Lifts a block that a process put which did not hold the migration any more; no cutover is under way (S26).</summary>
    internal Task LiftLeftBlockAsync(CancellationToken cancellationToken) => sourceBlock.LiftAsync(cancellationToken);

    /// <summary>Runs a cutover up to the decision.</summary>
    /// <exception cref="CutoverGivenUpException">It was given up; the migration can go on.</exception>
    internal async Task DecideAsync(CancellationToken cancellationToken)
    {
        await verifier.LookAtDefinitionsAsync(cancellationToken);
        await definitions.PrepareAsync(cancellationToken);
        await ConfirmUniqueAsync(cancellationToken);
        await WaitForObstaclesAsync(cancellationToken);
        await verifier.HoldAsync(cancellationToken);
        try
        {
            await BlockAndDecideAsync(cancellationToken);
        }
        catch (Exception) when (!Journal.IsDestinationOpen)
        {
            verifier.Resume();
            throw;
        }
    }

    private async Task BlockAndDecideAsync(CancellationToken cancellationToken)
    {
        await journal.AdvanceAsync(Journal.Decide(CommitCommand.Block, settings.BlockSourceWrites), cancellationToken);
        try
        {
            await BlockAsync(cancellationToken);
            var start = time.GetTimestamp();
            var (there, here) = settings.IsRehearsal
                ? await StandAndProveAsync(cancellationToken)
                : await DrainAndProveAsync(cancellationToken);
            await journal.AdvanceAsync(
                Journal.Decide(CommitCommand.Decide, finalTime: here, sourceTime: there, healed: log.Healed)
                    is { } decided
                    ? decided with
                    {
                        IsRehearsal = settings.IsRehearsal,
                    }
                    : null,
                cancellationToken
            );
            openedAt = await strays.PassAsync(cancellationToken);
            await OpenAsync(cancellationToken);
            Downtime = time.GetElapsedTime(start);
        }
        catch (Exception failure) when (!Journal.IsDestinationOpen)
        {
            await AbortAsync(failure, cancellationToken);
            throw;
        }
    }

    /// <summary>Puts everything in force that was neutral and ends the journal; goes on where an earlier life stopped.</summary>
    internal async Task FinishAsync(CancellationToken cancellationToken)
    {
        if (Journal.State != CommitState.Decided)
        {
            return;
        }

        if (Journal.Strays is null)
        {
            // Before anything else is done to the destination, so that a later life finds only what others did, too.
            var found = await strays.FindAsync(Journal.FinalTime, openedAt, cancellationToken);
            await journal.AdvanceAsync(Journal.Looked(found), cancellationToken);
        }

        await OpenAsync(cancellationToken);
        var restoring = definitions.RestoreAsync(cancellationToken);
        await Task.WhenAll(restoring, sums.RenewAsync(verifier.ComparedAt.Source, cancellationToken));
        DefinitionsLeft = await restoring;
        await journal.AdvanceAsync(Journal.Decide(CommitCommand.Finish), cancellationToken);
    }

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        await block.LiftAsync(cancellationToken);
        IsDestinationOpen = true;
    }

    /// <summary>Equal values may be those of a moment: believed only if they are still there when everything up to now is applied (S25).</summary>
    private async Task ConfirmUniqueAsync(CancellationToken cancellationToken)
    {
        if ((await uniqueness.FindAsync(cancellationToken)).Count == 0)
        {
            return;
        }

        await RouteUpToNowAsync("godwit: unique values", cancellationToken);
        var duplicates = await uniqueness.FindAsync(cancellationToken);
        if (duplicates.Count > 0)
        {
            throw new CutoverGivenUpException(
                "DuplicateValues",
                string.Join(" ", duplicates),
                "The source has them too, against its own index: change or remove all but one of each there, and cut over again."
            );
        }
    }

    /// <summary>Lists what the block would wait for or abort, and gives it time to end; it is named if it does not (S27).</summary>
    private async Task WaitForObstaclesAsync(CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        while (settings.BlockSourceWrites)
        {
            var obstacles = await retry.RunAsync(source.ListBlockObstaclesAsync, cancellationToken);
            if (obstacles.Count == 0)
            {
                return;
            }

            var names = string.Join(", ", obstacles);
            notices.Say($"The cutover waits for {names}.");
            if (time.GetElapsedTime(start) > settings.WriteBlockTimeout)
            {
                throw new CutoverGivenUpException(
                    "WriteBlockObstacles",
                    $"The source cannot be blocked yet: {names}.",
                    "Let them end, or end them, and cut over again."
                );
            }

            await Task.Delay(LookEvery, time, cancellationToken);
        }
    }

    private async Task BlockAsync(CancellationToken cancellationToken)
    {
        if (!settings.BlockSourceWrites)
        {
            return;
        }

        try
        {
            await sourceBlock.PutAsync(cancellationToken);
        }
        catch (ClusterException refused) when (refused.Kind is FaultKind.BadRequest or FaultKind.DataConflict)
        {
            throw new CutoverGivenUpException(
                "WriteBlockRefused",
                $"The source could not be write-blocked: {refused.Message}",
                "End long transactions on the source, check that the user may run setUserWriteBlockMode, and cut over again.",
                refused
            );
        }
    }

    /// <summary>Everything up to the final time is on the destination, proven equal, and nothing came after it (S28).</summary>
    private async Task<(ClusterTime Source, ClusterTime Destination)> DrainAndProveAsync(
        CancellationToken cancellationToken
    )
    {
        late.Arm();
        var final = await retry.RunAsync(
            token => source.AppendNoteAsync("godwit: final time", token),
            cancellationToken
        );
        var isToList = late.Seal(final);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Found);
        try
        {
            if (isToList)
            {
                await ListAnewAsync(either.Token);
            }

            late.BeginProof();
            var proven = await verifier.ProveAsync(final, either.Token);
            await RouteUpToNowAsync("godwit: decision", either.Token);
            if (late.Count == 0)
            {
                return proven;
            }
        }
        catch (OperationCanceledException)
            when (late.Found.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // Told below.
        }

        if (late.HasMoved && late.Count == 0)
        {
            throw new CutoverGivenUpException(
                "CollectionMoved",
                "A collection of the source was moved or written anew by the cluster itself after the cutover had begun; the cutover was given up and the migration goes on.",
                "Cut over again once the migration is in sync."
            );
        }

        await NameWritersAsync(cancellationToken);
        throw new CutoverGivenUpException(
            "LateWrites",
            $"The source was written to after the cutover had begun, in {late.Names}; the cutover was given up and the migration goes on.",
            settings.BlockSourceWrites
                ? "Stop the users that pass the write block (roles restore or root), and cut over again."
                : "Stop all writers, or let the cutover block writes on the source (--write-block), and cut over again."
        );
    }

    /// <summary>Asks the source who made late writes, so that they can be stopped.</summary>
    internal async Task NameWritersAsync(CancellationToken cancellationToken)
    {
        if (late.Times is { Count: > 0 } times)
        {
            late.NameWriters(await retry.RunAsync(token => source.NameWritersAsync(times, token), cancellationToken));
        }
    }

    /// <summary>The destination stays what the source was at a moment, proven equal there; the source goes on (D09).</summary>
    private async Task<(ClusterTime Source, ClusterTime Destination)> StandAndProveAsync(
        CancellationToken cancellationToken
    )
    {
        late.Renew();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Found);
        try
        {
            if (
                await verifier.ProveStandingAsync(late.StandAt, settings.WriteBlockTimeout, either.Token) is { } proven
                && !late.Found.IsCancellationRequested
            )
            {
                return proven;
            }
        }
        catch (OperationCanceledException)
            when (late.Found.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // Told below.
        }

        throw new CutoverGivenUpException(
            "RehearsalUnsettled",
            "The rehearsal could not be ended at a moment: a collection, view or index changed just then, or too many documents were being read again; the migration goes on.",
            "End it again; if it does not help, in a quieter minute."
        );
    }

    /// <summary>
    /// A barrier after everything that the source holds now. The proof ends at one before which a late event may already wait unseen in
    /// the stream, but nothing is decided while the source holds a write that was not looked at (S28).
    /// </summary>
    private async Task RouteUpToNowAsync(string note, CancellationToken cancellationToken)
    {
        var now = await retry.RunAsync(token => source.AppendNoteAsync(note, token), cancellationToken);
        await barrier.RunAsync(now, (_, _) => Task.CompletedTask, cancellationToken);
    }

    /// <summary>
    /// Gives the cutover up, whatever has ended this run, so that the source does not stay blocked until somebody comes; only a dead
    /// host leaves that to its successor. One that has been deposed touches nothing: what it had begun is its successor's to end (S26).
    /// </summary>
    private async Task AbortAsync(Exception failure, CancellationToken cancellationToken)
    {
        var isToList = late.Disarm();
        if (IsOver(failure))
        {
            return;
        }

        notices.Say($"A cutover was given up: {failure.Message}");
        using var limit = new CancellationTokenSource(ReleaseTimeout, time);
        try
        {
            await journal.AdvanceAsync(Journal.Decide(CommitCommand.Abort), limit.Token);
            if (Journal.MustReleaseSource)
            {
                await ReleaseAsync(limit.Token);
            }
        }
        catch (Exception over) when (IsOver(over))
        {
            return;
        }
        catch (Exception fault) when (fault is ClusterException or OperationCanceledException)
        {
            notices.Say(
                "The cutover could not be given up cleanly: the source may still be write-blocked. Running the migration again, or --cancel, releases it."
            );
            return;
        }

        if (isToList && !cancellationToken.IsCancellationRequested)
        {
            await ListAnewAsync(cancellationToken);
        }
    }

    /// <summary>Whether this process does not hold the migration any more, or cannot know that it does.</summary>
    private static bool IsOver(Exception failure) =>
        failure is LeaseLapsedException or ClusterException { Kind: FaultKind.Fenced };

    /// <summary>Definitions that were kept back can only be carried out by a listing (S19).</summary>
    private Task ListAnewAsync(CancellationToken cancellationToken) =>
        barrier.RunAsync(ClusterTime.Zero, (_, token) => keeper.HandleAsync(token), cancellationToken);

    private async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        await sourceBlock.LiftAsync(cancellationToken);
        await journal.AdvanceAsync(Journal.Released(), cancellationToken);
    }
}
