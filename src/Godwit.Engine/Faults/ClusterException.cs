using Godwit.Bson;

namespace Godwit.Engine.Faults;

/// <summary>A failure of a cluster, translated once where it was met; everything above reads only these properties.</summary>
internal sealed class ClusterException(
    Side side,
    Stage stage,
    FaultKind kind,
    string message,
    int code = 0,
    Exception? cause = null
) : Exception(message, cause)
{
    internal Side Side { get; } = side;

    internal Stage Stage { get; } = stage;

    internal FaultKind Kind { get; } = kind;

    /// <summary>The server's error code; 0 where no server answered.</summary>
    internal int Code { get; } = code;

    /// <summary>For <see cref="FaultKind.Moved"/>: the name the collection has now; <see langword="null"/> if it is gone (S1).</summary>
    internal Namespace? ActualName { get; init; }

    /// <summary>For an index that cannot become unique (359): groups of <c>ids</c> whose documents share a value.</summary>
    internal IReadOnlyList<RawDocument> Violations { get; init; } = [];
}
