namespace Godwit.Sandbox.Explaining;

/// <summary>How much <c>explain</c> tells.</summary>
internal enum ExplainVerbosity
{
    /// <summary>The plan.</summary>
    QueryPlanner,

    /// <summary>The plan and what running it took.</summary>
    ExecutionStats,

    /// <summary>That, and what was tried to find the plan.</summary>
    AllPlansExecution,
}
