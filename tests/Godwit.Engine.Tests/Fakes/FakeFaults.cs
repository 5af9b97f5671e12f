using Godwit.Engine.Faults;

namespace Godwit.Engine.Tests.Fakes;

/// <summary>What goes wrong, and how often, drawn from a seed.</summary>
internal sealed class FakeFaults(int seed, double rate)
{
    private readonly Random random = new(seed);
    private readonly Lock gate = new();

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

    internal static ClusterException Lost(Stage stage) =>
        new(Side.Destination, stage, FaultKind.Transient, "the connection was closed (injected)");
}
