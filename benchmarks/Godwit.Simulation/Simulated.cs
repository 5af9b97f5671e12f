namespace Godwit.Simulation;

/// <summary>A simulated migration: its phases, and what they ask of the leader.</summary>
public sealed class Simulated
{
    private Simulated(Scenario scenario)
    {
        Scenario = scenario;
        SharedChanges = new(scenario);
        Copy = Run(Work.Copy);
        VerifyAlone = Run(Work.VerifyAlone);
        VerifyShared = Run(Work.VerifyShared);
    }

    public Scenario Scenario { get; }

    /// <summary>How the hosts share changes.</summary>
    public SharedChanges SharedChanges { get; }

    public PhaseResult Copy { get; }

    public PhaseResult VerifyAlone { get; }

    public PhaseResult VerifyShared { get; }

    /// <summary>Changes a second on the whole source.</summary>
    public double Changes => Scenario.Shards * Scenario.Given.ChangesPerShard;

    /// <summary>Ranges a second that checkpoints write as copied, one document each, beside one position a second.</summary>
    public double CheckpointWrites => 1 + (Scenario.Ranges / Copy.Seconds);

    /// <summary>Bytes of the leader's memory that grow with the number of ranges.</summary>
    public double LeaderMemory => Scenario.Ranges * Scenario.Costs.RangeMemory;

    /// <summary>Cores that coordination takes during the copy: orders, notes, checkpoints, and calls of hosts.</summary>
    public double CoordinationCores
    {
        get
        {
            var (costs, given) = (Scenario.Costs, Scenario.Given);
            var remote = (double)(Scenario.Hosts - 1) / Scenario.Hosts;
            var notes = remote * Scenario.Bytes / given.BatchBytes;
            var orders = remote * Scenario.Ranges;
            var calls = (notes + (2 * orders)) * given.HostCall;
            var own = (notes * costs.Note) + (Scenario.Ranges * (costs.OpenRange + costs.SaveRange));
            return (calls + own + (orders * costs.Order)) / Copy.Seconds;
        }
    }

    /// <summary>Cores of the leader that following and applying changes takes.</summary>
    public double ApplyCores => Changes * SharedChanges.LeaderCost;

    /// <summary>Share of the leader's gate, which one thread holds at a time: ranges, notes, and every change.</summary>
    public double GateShare => Copy.Gate + (Changes * Scenario.Costs.RouteChange);

    /// <summary>What holds the copy up.</summary>
    public string Bottleneck
    {
        get
        {
            (double Share, string Name)[] all =
            [
                (Copy.Destination, "destination"),
                (Copy.Source, "source"),
                (Copy.Hosts, "hosts"),
                (GateShare, "leader"),
            ];
            var most = all.Max();
            return most.Share < 0.6 ? "ranges at once" : most.Name;
        }
    }

    /// <summary>What would break first if everything grew from here, as a share of what there is.</summary>
    public (string What, double Share) BreaksFirst
    {
        get
        {
            (double Share, string What)[] all =
            [
                (Changes / SharedChanges.Most, "changes through the leader"),
                (GateShare, "the leader's gate"),
                ((CoordinationCores + ApplyCores) / Scenario.Given.HostCores, "the leader's processor"),
                (Copy.Expired / (double)Scenario.Ranges, "snapshots of five minutes"),
            ];
            var (share, what) = all.Max();
            return (what, share);
        }
    }

    /// <summary>Simulates a migration: the same scenario gives the same figures.</summary>
    public static Simulated Of(Scenario scenario) => new(scenario);

    private PhaseResult Run(Work work) => new PhaseSimulation(Scenario, work).Run();
}
