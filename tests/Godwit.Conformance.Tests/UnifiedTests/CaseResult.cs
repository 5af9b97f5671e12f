namespace Godwit.Conformance.Tests.UnifiedTests;

/// <summary>What became of a case.</summary>
internal enum Verdict
{
    /// <summary>Meant for another server: other version, other shape.</summary>
    OtherServer,

    /// <summary>The client or the runner cannot do what the case asks for.</summary>
    NotExpressible,

    /// <summary>Ran as it should.</summary>
    Passed,

    /// <summary>Did not run as it should.</summary>
    Failed,
}

/// <summary>A case, its verdict, and why.</summary>
internal sealed record CaseResult(SpecCase Case, Verdict Verdict, string Why)
{
    public bool IsRunnable => Verdict is Verdict.Passed or Verdict.Failed;
}
