using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;
using Godwit.Engine.Recovery;
using Godwit.Engine.Reporting;

namespace Godwit.Engine.Lifecycle;

/// <summary>
/// Carries the zones of a sharded source over to a sharded destination once the migration is cut over, before its balancer runs again: from
/// then on the balancer brings the chunks where they belong (H04).
/// </summary>
internal sealed class ZoneCarrier(
    ISourceCluster source,
    IDestinationCluster destination,
    ReservedStore store,
    Notices notices,
    RetryPolicy retry
)
{
    private const string Carried = "zonesCarried";

    /// <summary>Does it, unless that was done already; what cannot be carried over is said.</summary>
    internal async Task CarryAsync(CancellationToken cancellationToken)
    {
        if ((await store.ReadStateAsync(cancellationToken))[Carried].IsTruthy())
        {
            return;
        }

        try
        {
            var there = await retry.RunAsync(source.ReadZonesAsync, cancellationToken);
            var here = await retry.RunAsync(destination.ReadZonesAsync, cancellationToken);
            var plan = ZonePlan.Of(there, here);
            foreach (var (shard, zone) in plan.Shards)
            {
                await store.DefineAsync(
                    token => destination.AddShardToZoneAsync(shard, zone, token),
                    cancellationToken
                );
            }

            foreach (var range in plan.Ranges)
            {
                await CarryAsync(range, cancellationToken);
            }

            foreach (var remark in plan.Remarks)
            {
                notices.Say(remark);
            }
        }
        catch (ClusterException failed) when (failed.Kind != FaultKind.Fenced)
        {
            notices.Say(
                $"The zones could not be carried over ({failed.Message}): make them on the destination by hand."
            );
            return;
        }

        await store.SetStateAsync(new DocumentBuilder { { Carried, true } }.Build(), cancellationToken);
    }

    private async Task CarryAsync(ZoneRange range, CancellationToken cancellationToken)
    {
        try
        {
            await store.DefineAsync(token => destination.SetZoneRangeAsync(range, token), cancellationToken);
        }
        catch (ClusterException refused) when (refused.Kind == FaultKind.BadRequest)
        {
            notices.Say(
                $"The range {range.Minimum} to {range.Maximum} of {range.Collection} was not given to zone {range.Zone}: {refused.Message}"
            );
        }
    }
}
