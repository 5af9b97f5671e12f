using Godwit.Bson;

namespace Godwit.Sandbox.Cursors;

/// <summary>What a command says about the cursor it opens.</summary>
/// <param name="Namespace">What replies name as <c>ns</c> and getMore must name.</param>
internal sealed record CursorOptions(Namespace Namespace)
{
    /// <summary>Documents in the first batch; <see langword="null"/> for the default of 101.</summary>
    internal int? BatchSize { get; init; }

    /// <summary>Whether the cursor closes after the first batch.</summary>
    internal bool IsSingleBatch { get; init; }

    /// <summary>Whether the cursor stays open at the end of its data.</summary>
    internal bool IsTailable { get; init; }

    /// <summary>Whether getMore waits at the end of the data.</summary>
    internal bool IsAwaitData { get; init; }

    /// <summary>Whether idleness never closes the cursor.</summary>
    internal bool HasNoTimeout { get; init; }

    /// <summary>How errors met while the first batch is read begin; <see langword="null"/> for nothing said.</summary>
    internal string? Failure { get; init; }

    /// <summary>The point in time of a snapshot read, told to the client.</summary>
    internal ClusterTime? AtClusterTime { get; init; }
}
