namespace Godwit.Contracts.Agents;

/// <summary>What somebody who looks at Orleans' dashboard on a Hub asks of a host.</summary>
/// <param name="Figures">Which figures: one of those that <see cref="IsAllowed"/> names.</param>
/// <param name="Of">Of what: a host or a kind of grain; empty for all.</param>
/// <param name="Query">What is left out, as the dashboard's page says it.</param>
internal sealed record DashboardQuestion(string Figures, string Of, string Query)
{
    /// <summary>Figures alone: the dashboard could also call grains for their state, and show logs.</summary>
    private static readonly HashSet<string> Allowed = new(StringComparer.Ordinal)
    {
        "version",
        "DashboardCounters",
        "ClusterStats",
        "TopGrainMethods",
        "GrainTypes",
        "GrainStats",
        "HistoricalStats",
        "LifecycleStages",
        "Reminders",
        "SiloCounters",
        "SiloMetadata",
        "SiloProperties",
        "SiloStats",
    };

    /// <summary>Whether a Hub may ask for it; hosts look themselves.</summary>
    internal bool IsAllowed => Allowed.Contains(Figures);
}

/// <summary>What the host says to it.</summary>
/// <param name="Status">As HTTP has it.</param>
/// <param name="Text">JSON if it is 200, else why not.</param>
internal sealed record DashboardAnswer(int Status, string Text);
