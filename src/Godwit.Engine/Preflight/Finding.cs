namespace Godwit.Engine.Preflight;

/// <summary>The outcome of one check.</summary>
public enum FindingState
{
    /// <summary>Nothing stands in the way.</summary>
    Passed,

    /// <summary>The migration can start; the person should know.</summary>
    Warning,

    /// <summary>The migration does not start.</summary>
    Failed,
}

/// <summary>What one check found, and what to do about it.</summary>
/// <param name="Id">Stable id of the check, such as <c>version-pair</c>.</param>
/// <param name="State">Whether it stands in the way.</param>
/// <param name="Message">What was found, naming the thing.</param>
/// <param name="Remedy">What to do; empty when nothing needs doing.</param>
public sealed record Finding(string Id, FindingState State, string Message, string Remedy = "")
{
    internal static Finding Passed(string id, string message) => new(id, FindingState.Passed, message);

    internal static Finding Warning(string id, string message, string remedy) =>
        new(id, FindingState.Warning, message, remedy);

    internal static Finding Failed(string id, string message, string remedy) =>
        new(id, FindingState.Failed, message, remedy);
}
