using Godwit.Bson;
using Godwit.Engine.Applying;
using Godwit.Engine.Changes;
using Godwit.Engine.Faults;
using Godwit.Engine.Planning;

namespace Godwit.Engine.Lifecycle;

/// <summary>
/// Lists the source anew when a collection turns out to have moved and no event says so: <c>movePrimary</c> tells of the new identity
/// before it has it, and of nothing afterwards (S1a).
/// </summary>
internal sealed class Relister(SyncState state, AlignedBarrier barrier, CatalogueKeeper keeper, RetryPolicy retry)
{
    /// <summary>As a rule the event of a change follows at once.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Lists whenever it is needed, until cancelled.</summary>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await state.Moved.Next.WaitAsync(cancellationToken);
            await Task.Delay(Patience, retry.Time, cancellationToken);
            await barrier.RunAsync(ClusterTime.Zero, (_, token) => ListAsync(token), cancellationToken);
        }
    }

    /// <summary>Not during a cutover: one that meets a collection that has moved is given up, and lists then.</summary>
    private Task ListAsync(CancellationToken cancellationToken)
    {
        lock (state.Gate)
        {
            if (state.LateEvents is not null)
            {
                return Task.CompletedTask;
            }
        }

        return keeper.HandleAsync(cancellationToken);
    }
}
