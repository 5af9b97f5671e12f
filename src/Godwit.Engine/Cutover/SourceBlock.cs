using Godwit.Engine.Faults;
using Godwit.Engine.Ports;
using Godwit.Engine.Recovery;

namespace Godwit.Engine.Cutover;

/// <summary>
/// The write block on the source (S27), put and lifted only by whoever holds the migration (S26). No session fences that command, so
/// each attempt confirms the hold right before it, and a block is followed by another look: a process that was suspended in between
/// and wakes up when another has taken over asks that one to lift what it has put.
/// </summary>
internal sealed class SourceBlock(
    ISourceCluster source,
    IDestinationCluster destination,
    ReservedStore store,
    RetryPolicy retry,
    TimeSpan timeout
)
{
    /// <summary>Field of the migration's document: a process that no longer held the migration has blocked the source.</summary>
    internal const string ReleaseAsked = "sourceReleaseAsked";

    internal async Task PutAsync(CancellationToken cancellationToken)
    {
        await SetAsync(true, cancellationToken);
        try
        {
            await store.ConfirmAsync(cancellationToken);
        }
        catch (ClusterException deposed) when (deposed.Kind == FaultKind.Fenced)
        {
            await LeaveAsync(cancellationToken);
            throw;
        }
    }

    internal Task LiftAsync(CancellationToken cancellationToken) => SetAsync(false, cancellationToken);

    private Task SetAsync(bool block, CancellationToken cancellationToken) =>
        retry.RunAsync(
            async token =>
            {
                await store.ConfirmAsync(token);
                await source.SetWriteBlockAsync(block, timeout, token);
            },
            cancellationToken
        );

    /// <summary>
    /// Lifting it itself could lift the block of a cutover that its successor has just begun; where nobody will begin one any more, and
    /// none has left a block that is to stay, it does.
    /// </summary>
    private async Task LeaveAsync(CancellationToken cancellationToken)
    {
        var hasHolder = await retry.RunAsync(
            token => ReservedStore.AskAsync(destination, ReleaseAsked, true, token),
            cancellationToken
        );
        var state = await retry.RunAsync(token => ReservedStore.ReadStateAsync(destination, token), cancellationToken);
        if (
            !hasHolder
            || state.IsEmpty
            || CommitJournal.Parse(state["commit"]) is { IsDestinationOpen: true, IsSourceBlocked: false }
        )
        {
            await retry.RunAsync(token => source.SetWriteBlockAsync(false, timeout, token), cancellationToken);
        }
    }
}
