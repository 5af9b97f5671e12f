using Godwit.Engine.Faults;

namespace Godwit.Engine.Tests.Fakes;

/// <summary>The process died: none of its requests reaches a cluster any more.</summary>
internal sealed class KilledException() : Exception("killed (injected)");

/// <summary>What goes wrong, and how often, drawn from a seed.</summary>
internal sealed class FakeFaults(int seed, double rate)
{
    private readonly Random random = new(seed);
    private readonly Lock gate = new();
    private int stepsLeft = int.MaxValue;
    private bool isDead;

    internal static FakeFaults None => new(0, 0);

    internal bool IsEnabled { get; set; } = true;

    internal double Next()
    {
        lock (gate)
        {
            return random.NextDouble();
        }
    }

    internal bool Strikes(double factor = 1)
    {
        lock (gate)
        {
            return IsEnabled && random.NextDouble() < rate * factor;
        }
    }

    /// <summary>Lets the process that uses the clusters die at its <paramref name="steps"/>th request from now on.</summary>
    internal void KillAfter(int steps)
    {
        lock (gate)
        {
            (isDead, stepsLeft) = (false, steps);
        }
    }

    /// <summary>Another process uses the clusters now. False if the last one was still alive.</summary>
    internal bool Revive()
    {
        lock (gate)
        {
            var wasDead = isDead;
            (isDead, stepsLeft) = (false, int.MaxValue);
            return wasDead;
        }
    }

    /// <summary>A request that changes or decides something: where a process may die before it is executed.</summary>
    internal void Step()
    {
        lock (gate)
        {
            isDead |= --stepsLeft <= 0;
            if (isDead)
            {
                throw new KilledException();
            }
        }
    }

    internal static ClusterException Lost(Stage stage) =>
        new(Side.Destination, stage, FaultKind.Transient, "the connection was closed (injected)");
}
