using Godwit.Contracts.Agents;
using Godwit.Engine.Mongo;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Recovery;

namespace Godwit.Agent.Migrations;

/// <summary>
/// Whether anybody works on the migration that a destination records (P6, S18): whoever does counts up there about once a second. Measured by
/// this host's own monotonic clock alone; other hosts' clocks say nothing.
/// </summary>
internal static class LeaseWatch
{
    /// <summary>How long nothing may change; many times as long as a living host needs for its next count.</summary>
    internal static readonly TimeSpan StandStill = TimeSpan.FromSeconds(10);

    /// <summary>What is said while it does not stand still.</summary>
    internal static readonly ReportedFailure FormerHostAtWork = new(
        "FORMER_HOST_AT_WORK",
        "The host before this one still works on the migration: it is only cut off from the Hub.",
        "This host goes on as soon as that one has stopped. To go on at once, stop the agent there."
    );

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    internal static async Task<bool> StandsStillAsync(
        string destination,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var cluster = new MongoDestination(MongoAddress.Parse(destination), time);
        await using (cluster.ConfigureAwait(false))
        {
            var first = await ReservedStore.ReadStateAsync(cluster, cancellationToken).ConfigureAwait(false);
            if (first.IsEmpty)
            {
                // Nobody has begun there.
                return true;
            }

            for (var began = time.GetTimestamp(); time.GetElapsedTime(began) < StandStill; )
            {
                await Task.Delay(LookEvery, time, cancellationToken).ConfigureAwait(false);
                var now = await ReservedStore.ReadStateAsync(cluster, cancellationToken).ConfigureAwait(false);
                if (!now.Equals(first))
                {
                    return false;
                }
            }

            return true;
        }
    }
}
