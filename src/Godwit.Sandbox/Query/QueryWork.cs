namespace Godwit.Sandbox.Query;

/// <summary>What the queries of one command have done: for the profiler, the log of slow operations and the use of indexes.</summary>
internal sealed class QueryWork
{
    private readonly List<string> plans = [];

    /// <summary>How many documents were looked at.</summary>
    internal long DocumentsExamined { get; set; }

    /// <summary>How the records were found, as <c>planSummary</c> shows it; empty where nothing was looked for.</summary>
    internal string PlanSummary => string.Join(", ", plans.Distinct(StringComparer.Ordinal));

    /// <summary>Whether an index was used.</summary>
    internal bool UsedIndex { get; private set; }

    /// <summary>Notes how the records of a query are found.</summary>
    internal void Note(string plan, bool usesIndex)
    {
        plans.Add(plan);
        UsedIndex |= usesIndex;
    }
}
