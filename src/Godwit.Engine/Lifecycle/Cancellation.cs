using Godwit.Engine.Cutover;
using Godwit.Engine.Faults;
using Godwit.Engine.Ports;
using Godwit.Engine.Recovery;
using Godwit.Engine.Reporting;
using Godwit.Engine.Reversal;

namespace Godwit.Engine.Lifecycle;

/// <summary>
/// Gives a migration up (D07): fences whoever runs it, releases a source that a cutover had blocked, opens the destination, and forgets all progress. What was
/// copied stays on the destination, its constraints as neutral as they are; but of a reverse only what was there before it (S29).
/// </summary>
internal sealed class Cancellation(
    ISourceCluster source,
    IDestinationCluster destination,
    MigrationSettings settings,
    Notices notices,
    RetryPolicy retry,
    TimeProvider time
)
{
    /// <summary>False if no migration is recorded.</summary>
    /// <exception cref="MigrationFailedException">Its cutover is decided already.</exception>
    internal async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        var documents = await retry.RunAsync(
            token => destination.ReadReservedAsync(ReservedStore.Migration, token),
            cancellationToken
        );
        var recorded = documents.Select(RecordedMigrations.Read).FirstOrDefault(one => one is not null);
        if (recorded is not null)
        {
            await EndAsync(recorded.IsFinished, cancellationToken);
        }

        await retry.RunAsync(destination.DropReservedAsync, cancellationToken);
        return recorded is not null;
    }

    /// <summary>Of a finished migration only balancers may be left, stopped by a process that was killed before it could start them.</summary>
    private async Task EndAsync(bool isFinished, CancellationToken cancellationToken)
    {
        var lease = new Lease(time);
        var holder = new Holder(Guid.NewGuid(), MustStillHold: false);
        var tenure = await Tenure.TakeAsync(destination, 1, source: null, holder, retry, time, cancellationToken);
        var held = retry.Checking(lease.Check);
        using var store = new ReservedStore(destination, tenure.Slots, LifeWorkers.MetadataSlot, lease, held);
        if (!isFinished)
        {
            await GiveUpAsync(tenure, store, held, cancellationToken);
        }

        await new Balancers(source, destination, store, notices, held).RestoreAsync(cancellationToken);
        // Whoever has taken over while this process stood still needs what is recorded there.
        await store.ConfirmAsync(cancellationToken);
    }

    private async Task GiveUpAsync(
        Tenure tenure,
        ReservedStore store,
        RetryPolicy held,
        CancellationToken cancellationToken
    )
    {
        var journal = new JournalKeeper(store, tenure.Journal);
        if (journal.Current.IsDestinationOpen)
        {
            throw new MigrationFailedException(
                "CutoverDecided",
                "The cutover is decided: the destination holds the truth now.",
                "Run the migration again without --cancel: it finishes what is left."
            );
        }

        if (journal.Current.State == CommitState.Blocking)
        {
            await journal.AdvanceAsync(journal.Current.Decide(CommitCommand.Abort), cancellationToken);
        }

        var state = await store.ReadStateAsync(cancellationToken);
        if (journal.Current.MustReleaseSource || state[SourceBlock.ReleaseAsked].IsTruthy())
        {
            var block = new SourceBlock(source, destination, store, held, settings.WriteBlockTimeout);
            await block.LiftAsync(cancellationToken);
        }

        if (state.Has(ReversalRecord.Reverses))
        {
            await new OwnCollections(destination, store).DropOthersAsync(notices, cancellationToken);
        }

        if (tenure.IsDestinationBlocked)
        {
            await store.DefineAsync(
                token => DestinationBlock.LiftAsync(destination, settings, token),
                cancellationToken
            );
        }
    }
}
