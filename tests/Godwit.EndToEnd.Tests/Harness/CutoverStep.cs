namespace Godwit.EndToEnd.Tests.Harness;

/// <summary>What a cutover writes to its journal, in this order.</summary>
internal enum CutoverStep
{
    /// <summary>Before the final time is taken and both sides are proven equal there.</summary>
    Begins,

    /// <summary>Once they are.</summary>
    IsDecided,
}
