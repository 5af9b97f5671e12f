namespace Godwit.Sandbox.Aggregation;

/// <summary>
/// What the variables of a pipeline stand for at present: the parsed stages look here, so that a sub-pipeline is parsed once and
/// run for one outer document after the other.
/// </summary>
internal sealed class VariableScope
{
    /// <summary>The values in force.</summary>
    internal Variables Current { get; set; } = Variables.Empty;
}
