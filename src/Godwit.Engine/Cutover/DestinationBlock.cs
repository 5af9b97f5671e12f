using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Ports;
using Godwit.Engine.Recovery;
using Godwit.Engine.Reporting;

namespace Godwit.Engine.Cutover;

/// <summary>
/// Keeps everybody else from writing to the destination until the cutover is decided (S22), where the server can and the migration's
/// own user passes. That there is a block is saved before it is put and forgotten after it is lifted, so that whoever takes the
/// migration over, or cancels it, knows what to lift.
/// </summary>
internal sealed class DestinationBlock(
    IDestinationCluster destination,
    ReservedStore store,
    bool isRecorded,
    Notices notices,
    RetryPolicy retry,
    MigrationSettings settings
)
{
    /// <summary>Field of the migration's document.</summary>
    internal const string Recorded = "destinationBlocked";

    private const int TimeExpired = 50;

    /// <summary>Whether others may be kept from writing to the destination.</summary>
    internal bool IsInForce { get; private set; } = isRecorded;

    /// <summary>
    /// Puts the block, or lifts one that is no longer wanted. Without one, what others write is found and healed (S22, S24).
    /// </summary>
    internal async Task PutAsync(bool isPossible, CancellationToken cancellationToken)
    {
        // It is cluster-wide: collections that are not of this migration belong to somebody who may be writing to them (S27).
        if (!isPossible || settings.IgnoreExisting || !settings.BlockDestinationWrites)
        {
            await LiftAsync(cancellationToken);
            return;
        }

        await store.SetStateAsync(new DocumentBuilder { { Recorded, true } }.Build(), cancellationToken);
        IsInForce = true;
        try
        {
            await store.DefineAsync(TryPutAsync, cancellationToken);
        }
        catch (ClusterException refused) when (refused.Kind is FaultKind.BadRequest or FaultKind.DataConflict)
        {
            notices.Say(
                $"The destination could not be write-blocked ({refused.Message}): what others write there is found, healed and reported."
            );
            await LiftAsync(cancellationToken);
            return;
        }

        await LeaveOpenIfDeposedAsync(cancellationToken);
    }

    /// <summary>Opens the destination for everybody.</summary>
    internal async Task LiftAsync(CancellationToken cancellationToken)
    {
        if (!IsInForce)
        {
            return;
        }

        await store.DefineAsync(token => LiftAsync(destination, settings, token), cancellationToken);
        await store.SetStateAsync(new DocumentBuilder { { Recorded, false } }.Build(), cancellationToken);
        IsInForce = false;
    }

    /// <summary>Lifts the block of a migration that is given up.</summary>
    internal static Task LiftAsync(
        IDestinationCluster destination,
        MigrationSettings settings,
        CancellationToken cancellationToken
    ) => destination.SetWriteBlockAsync(false, settings.WriteBlockTimeout, cancellationToken);

    /// <summary>Transactions of others that stay open on the destination are no reason not to begin.</summary>
    private async Task TryPutAsync(CancellationToken cancellationToken)
    {
        try
        {
            await destination.SetWriteBlockAsync(true, settings.WriteBlockTimeout, cancellationToken);
        }
        catch (ClusterException fault) when (fault.Code == TimeExpired)
        {
            throw new ClusterException(
                fault.Side,
                fault.Stage,
                FaultKind.BadRequest,
                $"transactions of others stay open there: {fault.Message}",
                fault.Code,
                fault
            );
        }
    }

    /// <summary>
    /// A process that was suspended before it put the block, and wakes up when another has finished or cancelled the migration, must not
    /// leave the destination closed (S17).
    /// </summary>
    private async Task LeaveOpenIfDeposedAsync(CancellationToken cancellationToken)
    {
        try
        {
            _ = await store.ReadStateAsync(cancellationToken);
        }
        catch (ClusterException deposed) when (deposed.Kind == FaultKind.Fenced)
        {
            var state = await retry.RunAsync(
                token => ReservedStore.ReadStateAsync(destination, token),
                cancellationToken
            );
            if (state.IsEmpty || CommitJournal.Parse(state["commit"]).IsDestinationOpen)
            {
                await retry.RunAsync(token => LiftAsync(destination, settings, token), cancellationToken);
            }

            throw;
        }
    }
}
