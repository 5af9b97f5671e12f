namespace Godwit.Engine.Faults;

/// <summary>
/// The one way transient faults are waited out: exponential, jittered, bounded per wait and in total. Other kinds pass through.
/// </summary>
internal sealed class RetryPolicy(
    TimeProvider time,
    Random random,
    TimeSpan firstWait,
    TimeSpan longestWait,
    TimeSpan total,
    Action? beforeAttempt = null
)
{
    /// <summary>The clock that waits are measured by.</summary>
    internal TimeProvider Time => time;

    /// <summary>Waits as a migration does, and gives up after a while of one's own.</summary>
    internal static RetryPolicy Within(TimeSpan total, TimeProvider time) =>
        new(time, new Random(), TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(5), total);

    /// <summary>The same policy with a check before every attempt, which ends the whole when it throws.</summary>
    internal RetryPolicy Checking(Action check) => new(time, random, firstWait, longestWait, total, check);

    /// <summary>Runs <paramref name="attempt"/> until it succeeds, fails for good, or transient faults have lasted too long.</summary>
    internal async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> attempt, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        for (var failures = 0; ; failures++)
        {
            beforeAttempt?.Invoke();
            try
            {
                return await attempt(cancellationToken).ConfigureAwait(false);
            }
            catch (ClusterException fault)
                when (fault.Kind == FaultKind.Transient && time.GetElapsedTime(start) < total)
            {
                await Task.Delay(Wait(failures), time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc cref="RunAsync{T}"/>
    internal Task RunAsync(Func<CancellationToken, Task> attempt, CancellationToken cancellationToken) =>
        RunAsync(
            async token =>
            {
                await attempt(token).ConfigureAwait(false);
                return true;
            },
            cancellationToken
        );

    /// <summary>Waits once, shortly, before something is tried in another way.</summary>
    internal Task WaitAsync(CancellationToken cancellationToken) => Task.Delay(Wait(0), time, cancellationToken);

    /// <summary>The wait after so many failures in a row: half of it certain, half random, so that workers spread out.</summary>
    internal TimeSpan Wait(int failures)
    {
        var doubled = firstWait * Math.Pow(2, Math.Min(failures, 20));
        var bounded = doubled < longestWait ? doubled : longestWait;
        lock (random)
        {
            return bounded * (0.5 + (random.NextDouble() / 2));
        }
    }
}
