using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Ports;
using Godwit.Engine.Recovery;
using Godwit.Engine.Reporting;

namespace Godwit.Engine.Lifecycle;

/// <summary>
/// Stops the balancers of both sides while a migration runs: on the destination so that the fence stays where it is laid (S17) and what
/// is copied is not moved again, on the source so that it has one thing less to do. Which of them ran is saved before they are stopped,
/// so that whoever ends or cancels the migration starts them again.
/// </summary>
internal sealed class Balancers(
    ISourceCluster source,
    IDestinationCluster destination,
    ReservedStore store,
    Notices notices,
    RetryPolicy retry
)
{
    /// <summary>Field of the migration's document.</summary>
    private const string Stopped = "balancersStopped";

    private static readonly Side[] Sides = [Side.Source, Side.Destination];

    /// <summary>Whether a migration's document says that it has stopped the destination's balancer.</summary>
    internal static bool HasStoppedDestination(RawDocument state) => HasStopped(state, Side.Destination);

    /// <summary>Stops those that run. One that may not be stopped is no reason not to migrate: moves are harmless (S34).</summary>
    internal async Task StopAsync(CancellationToken cancellationToken)
    {
        var stopped = await ReadAsync(cancellationToken);
        foreach (var side in Sides)
        {
            try
            {
                if (!await retry.RunAsync(token => ClusterOf(side).IsBalancerOnAsync(token), cancellationToken))
                {
                    if (side == Side.Destination && await IsNeededByOthersAsync(cancellationToken))
                    {
                        _ = stopped.Add(side);
                        await WriteAsync(stopped, cancellationToken);
                    }

                    continue;
                }

                _ = stopped.Add(side);
                await WriteAsync(stopped, cancellationToken);
                await SwitchAsync(side, isOn: false, cancellationToken);
            }
            catch (ClusterException refused) when (refused.Kind == FaultKind.BadRequest)
            {
                notices.Say(
                    $"The {Words(side)}'s balancer could not be stopped ({refused.Message}): chunks may move during the migration, which costs time but harms nothing."
                );
                _ = stopped.Remove(side);
                await WriteAsync(stopped, cancellationToken);
            }
        }
    }

    /// <summary>Starts those again that were stopped; it is said if one cannot be.</summary>
    internal async Task RestoreAsync(CancellationToken cancellationToken)
    {
        var stopped = await ReadAsync(cancellationToken);
        foreach (var side in Sides.Where(stopped.Contains).ToList())
        {
            try
            {
                // Of several migrations to one destination the last starts it again (S32).
                if (side == Side.Source || !await IsNeededByOthersAsync(cancellationToken))
                {
                    await SwitchAsync(side, isOn: true, cancellationToken);
                }

                _ = stopped.Remove(side);
                await WriteAsync(stopped, cancellationToken);
            }
            catch (ClusterException failed) when (failed.Kind != FaultKind.Fenced)
            {
                notices.Say(
                    $"The {Words(side)}'s balancer was stopped for the migration and could not be started again ({failed.Message}). Start it in mongosh: sh.startBalancer()"
                );
            }
        }
    }

    /// <summary>Whether another migration to this destination wants its balancer to stand still (S32).</summary>
    private async Task<bool> IsNeededByOthersAsync(CancellationToken cancellationToken)
    {
        var all = await retry.RunAsync(destination.ListMigrationsAsync, cancellationToken);
        return all.Any(one =>
            one is { IsFinished: false, HoldsBalancer: true }
            && ReservedNames.DatabaseOf(one.Name) != destination.ReservedDatabase
        );
    }

    private ICluster ClusterOf(Side side) => side == Side.Source ? source : destination;

    private static string Words(Side side) => side == Side.Source ? "source" : "destination";

    /// <summary>No session fences it, so a process that stood still makes sure first that nobody has taken over.</summary>
    private Task SwitchAsync(Side side, bool isOn, CancellationToken cancellationToken) =>
        store.DefineAsync(token => ClusterOf(side).SwitchBalancerAsync(isOn, token), cancellationToken);

    private async Task<HashSet<Side>> ReadAsync(CancellationToken cancellationToken)
    {
        var state = await store.ReadStateAsync(cancellationToken);
        return [.. Sides.Where(side => HasStopped(state, side))];
    }

    private static bool HasStopped(RawDocument state, Side side) =>
        state[Stopped] is { Type: BsonType.Document } stopped && stopped.AsDocument[Words(side)].IsTruthy();

    private Task WriteAsync(HashSet<Side> stopped, CancellationToken cancellationToken)
    {
        var sides = new DocumentBuilder();
        Array.ForEach(Sides, side => sides.Add(Words(side), stopped.Contains(side)));
        return store.SetStateAsync(new DocumentBuilder { { Stopped, sides } }.Build(), cancellationToken);
    }
}
