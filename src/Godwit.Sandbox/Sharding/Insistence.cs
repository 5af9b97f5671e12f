using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sharding;

/// <summary>Does something on a shard until its primary has done it, whichever that is by then.</summary>
internal static class Insistence
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Tries until it is done; what a primary refuses is thrown.</summary>
    internal static async Task UntilDoneAsync(Func<ValueTask> step, TimeProvider time, CancellationToken stopping)
    {
        while (true)
        {
            try
            {
                await step().ConfigureAwait(false);
                return;
            }
            catch (CommandException lost) when (lost.Code.IsAboutPrimary())
            {
                await Task.Delay(Pause, time, stopping).ConfigureAwait(false);
            }
        }
    }
}
