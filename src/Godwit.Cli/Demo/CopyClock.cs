using Godwit.Engine;

namespace Godwit.Cli.Demo;

/// <summary>Measures how long the copying phase lasted, as far as whoever looks at it every so often can tell.</summary>
internal sealed class CopyClock(TimeProvider time)
{
    private readonly long began = time.GetTimestamp();
    private TimeSpan lasted;

    /// <summary>Takes in the phase of this moment.</summary>
    internal void Observe(MigrationPhase phase)
    {
        if (phase is MigrationPhase.Preparing or MigrationPhase.Copying)
        {
            lasted = time.GetElapsedTime(began);
        }
    }

    /// <summary>Bytes a second, for what was copied in that time.</summary>
    internal double RateOf(long bytes) => lasted > TimeSpan.Zero ? bytes / lasted.TotalSeconds : 0;
}
