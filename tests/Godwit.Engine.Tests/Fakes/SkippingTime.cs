namespace Godwit.Engine.Tests.Fakes;

/// <summary>The clocks of a host that can be suspended: afterwards both, or only the wall clock, are further on. Waits are real.</summary>
internal sealed class SkippingTime : TimeProvider
{
    private long monotonic;
    private long wall;

    /// <summary>The process stood still.</summary>
    internal void Skip(TimeSpan time)
    {
        _ = Interlocked.Add(ref monotonic, time.Ticks);
        SkipWallClock(time);
    }

    /// <summary>The machine stood still, and its monotonic clock with it.</summary>
    internal void SkipWallClock(TimeSpan time) => Interlocked.Add(ref wall, time.Ticks);

    public override long GetTimestamp() =>
        System.GetTimestamp()
        + (long)(TimeSpan.FromTicks(Interlocked.Read(ref monotonic)).TotalSeconds * TimestampFrequency);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref wall));
}
