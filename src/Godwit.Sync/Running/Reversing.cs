using Godwit.Engine;
using Godwit.Engine.Faults;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Ports;
using Godwit.Engine.Reporting;

namespace Godwit.Sync.Running;

/// <summary>Turns a committed migration round: what was asked for goes on through outages until the way back is recorded (S29).</summary>
internal sealed class Reversing(
    IReadOnlyDictionary<ClusterLabel, IDestinationCluster> clusters,
    RetryPolicy retry,
    TimeProvider time,
    Action<string> warn
)
{
    private static readonly TimeSpan AgainAfter = TimeSpan.FromSeconds(5);

    /// <summary>The record of the way back, saved on the cluster that was moved from.</summary>
    /// <exception cref="MigrationFailedException">It needs a person.</exception>
    internal async Task<SyncRecord> RunAsync(SyncRecord committed, CancellationToken cancellationToken)
    {
        var back = committed.Turned();
        while (true)
        {
            try
            {
                await TurnAsync(back, cancellationToken);
                return back;
            }
            catch (ClusterException fault)
            {
                warn(
                    $"The {fault.Side} failed while turning round: {SecretText.OfText(fault.Message)} It is tried again."
                );
            }

            await Task.Delay(AgainAfter, time, cancellationToken);
        }
    }

    private async Task TurnAsync(SyncRecord back, CancellationToken cancellationToken)
    {
        var notices = new Notices();
        try
        {
            await Migration.HandOverAsync(
                clusters[back.Request.Source],
                clusters[back.Request.Destination],
                notices,
                time,
                cancellationToken
            );
        }
        finally
        {
            foreach (var notice in notices.All)
            {
                warn(notice);
            }
        }

        await back.SaveAsync(clusters[back.Request.Destination], retry, cancellationToken);
    }
}
