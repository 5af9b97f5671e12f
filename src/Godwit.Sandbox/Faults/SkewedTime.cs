namespace Godwit.Sandbox.Faults;

/// <summary>A machine's clock that may go wrong: what it shows is off, how fast time passes is not.</summary>
/// <param name="inner">The right clock.</param>
internal sealed class SkewedTime(TimeProvider inner) : TimeProvider
{
    private long ticks;

    /// <summary>By how much it is off.</summary>
    internal TimeSpan Skew
    {
        get => new(Interlocked.Read(ref ticks));
        set => Interlocked.Exchange(ref ticks, value.Ticks);
    }

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => inner.LocalTimeZone;

    /// <inheritdoc/>
    public override long TimestampFrequency => inner.TimestampFrequency;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => inner.GetUtcNow() + Skew;

    /// <inheritdoc/>
    public override long GetTimestamp() => inner.GetTimestamp();

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        inner.CreateTimer(callback, state, dueTime, period);
}
