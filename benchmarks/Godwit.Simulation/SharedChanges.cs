namespace Godwit.Simulation;

/// <summary>
/// Changes that hosts share: each of them reads a stream and writes what it brings, the leader merges and routes all of it, and orders the writes
/// of the others.
/// </summary>
/// <param name="Scenario">Whose hosts they are.</param>
public sealed record SharedChanges(Scenario Scenario)
{
    private UnitCosts Costs => Scenario.Costs;

    /// <summary>Hosts that read a stream, the leader among them.</summary>
    public int Carriers => Math.Min(Scenario.Hosts, Scenario.Given.Streams);

    /// <summary>Share of the changes that the leader reads and writes itself.</summary>
    public double OwnShare => 1.0 / Carriers;

    /// <summary>Changes a second that are applied at most: the leader takes as long for each as one processor, and no host writes more than it has been measured to.</summary>
    public double Most =>
        Math.Min(
            Carriers * Costs.ChangesMost,
            1 / ((OwnShare / Costs.ChangesMost) + ((1 - OwnShare) * Costs.StubChange))
        );

    /// <summary>CPU seconds of the leader for a change, on average.</summary>
    public double LeaderCost => (OwnShare * Costs.ApplyChange) + ((1 - OwnShare) * Costs.StubChange);

    /// <summary>CPU seconds of one of the other hosts for a change of the source, on average: most are not its own.</summary>
    public double OtherCost => Carriers == 1 ? 0 : OwnShare * (Costs.ApplyChange + Costs.KeepChange);
}
