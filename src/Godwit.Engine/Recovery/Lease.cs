namespace Godwit.Engine.Recovery;

/// <summary>
/// How long ago this process knew that it holds the migration, by its own clocks only (S18). Whoever takes over fences every session
/// (S17), but a server forgets a session that is not used for 30 minutes, and the fence with it: a process that stood still that long
/// must not write on as if nothing had happened. The longer of two measures counts: the monotonic clock stands still with a suspended
/// machine, and the wall clock may be set.
/// </summary>
internal sealed class Lease(TimeProvider time)
{
    /// <summary>Well below the 30 minutes after which a server forgets a session.</summary>
    internal static readonly TimeSpan LapsesAfter = TimeSpan.FromMinutes(10);

    /// <summary>Checkpoints confirm it about once a second; beyond this something stood still.</summary>
    private static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(5);

    private volatile Moment confirmed = Moment.Of(time);

    /// <summary>Whether it was confirmed just now.</summary>
    internal bool IsFresh => Age < FreshFor;

    private TimeSpan Age
    {
        get
        {
            var last = confirmed;
            var wall = (time.GetUtcNow() - last.Wall).Duration();
            var monotonic = time.GetElapsedTime(last.Ticks);
            return wall > monotonic ? wall : monotonic;
        }
    }

    /// <summary>The moment before a question is asked: its answer, however late it comes, speaks of no earlier one.</summary>
    internal Moment Now() => Moment.Of(time);

    /// <summary>The destination has answered, to a question asked at that moment, that this process holds the migration.</summary>
    internal void Confirm(Moment asked) => confirmed = asked;

    /// <summary>Before every request: refuses it when nothing is known about who holds the migration.</summary>
    /// <exception cref="LeaseLapsedException">This life has to end; the migration has to be taken up anew.</exception>
    internal void Check()
    {
        if (Age is var age && age > LapsesAfter)
        {
            throw new LeaseLapsedException(age);
        }
    }

    /// <summary>An instant by both clocks.</summary>
    internal sealed record Moment(long Ticks, DateTimeOffset Wall)
    {
        internal static Moment Of(TimeProvider time) => new(time.GetTimestamp(), time.GetUtcNow());
    }
}
