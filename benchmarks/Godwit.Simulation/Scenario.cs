namespace Godwit.Simulation;

/// <summary>One migration to be simulated.</summary>
/// <param name="Bytes">Bytes of its one collection.</param>
/// <param name="Hosts">Hosts, the leader among them.</param>
/// <param name="Shards">Shards of the source, and as many of the destination.</param>
/// <param name="Costs">What is measured.</param>
/// <param name="Seed">What chance is drawn from.</param>
public sealed record Scenario(double Bytes, int Hosts, int Shards, UnitCosts Costs, int Seed = 1)
{
    /// <summary>Beyond so many ranges a part of them is simulated, and its time multiplied.</summary>
    private const double RangesSimulated = 50_000;

    public Design Design { get; init; } = Design.Now;

    public Assumptions Given { get; init; } = new();

    /// <summary>Ranges there are.</summary>
    public long Ranges => Design.Ranges(Bytes);

    /// <summary>How many times the simulated part goes into the whole.</summary>
    public double Scale => Math.Max(1, Ranges / RangesSimulated);

    /// <summary>Seconds to find the bounds of all ranges: each shard draws as many keys as are wanted in all.</summary>
    public double PlanningSeconds => Ranges < 2 ? 0 : (double)Ranges * Design.Samples(Ranges) * Given.Sample;

    /// <summary>Bytes of the ranges that are simulated: as uneven as sampling makes them, and together what they have to be.</summary>
    internal double[] Sizes()
    {
        var random = new Random(Seed);
        var samples = Design.Samples(Ranges);
        var sizes = new double[Math.Max(1, (int)(Ranges / Scale))];
        for (var index = 0; index < sizes.Length; index++)
        {
            for (var sample = 0; sample < samples; sample++)
            {
                sizes[index] -= Math.Log(1 - random.NextDouble());
            }
        }

        var factor = Bytes / Scale / sizes.Sum();
        return [.. sizes.Select(size => size * factor)];
    }
}
