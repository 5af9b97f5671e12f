namespace Godwit.Simulation;

/// <summary>Something that serves one after the other, first come first served: a shard, a host's network, the leader's gate.</summary>
internal sealed class Station
{
    private double free;

    /// <summary>Seconds it was at work.</summary>
    internal double Busy { get; private set; }

    /// <returns>When it is done with what comes now and takes so long.</returns>
    internal double Serve(double now, double seconds)
    {
        Busy += seconds;
        return free = Math.Max(now, free) + seconds;
    }

    /// <summary>Does nothing before that time.</summary>
    internal void Rest(double until) => free = Math.Max(free, until);
}
