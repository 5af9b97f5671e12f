using Godwit.Engine.Pacing;

namespace Godwit.Agent.Migrations;

/// <summary>Has a running engine go by another rate once somebody on the host has said so (P9).</summary>
internal sealed class RateWatch(Func<ReadLimits?> bound, Action<ReadLimits> apply, TimeProvider time)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    /// <summary>Looks until it is cancelled; what holds at the beginning the engine was started with.</summary>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        for (var held = bound(); ; )
        {
            await Task.Delay(LookEvery, time, cancellationToken).ConfigureAwait(false);
            var now = bound();
            if (now != held)
            {
                held = now;
                apply(now ?? ReadLimits.Default);
            }
        }
    }
}
