namespace Godwit.Sandbox.Faults;

/// <summary>What a fault leaves to chance, drawn from a seed: the same seed gives the same decisions in the same order.</summary>
/// <param name="probability">How often it strikes, from 0 to 1.</param>
/// <param name="seed">The seed.</param>
internal sealed class Chance(double probability, int seed)
{
    private readonly Random random = new(seed);
    private readonly Lock gate = new();

    /// <summary>Whether it strikes this time.</summary>
    internal bool Strikes()
    {
        lock (gate)
        {
            return random.NextDouble() < probability;
        }
    }

    /// <summary>A number from a lowest one to before a highest one.</summary>
    internal int Between(int lowest, int highest)
    {
        lock (gate)
        {
            return random.Next(lowest, highest);
        }
    }
}
