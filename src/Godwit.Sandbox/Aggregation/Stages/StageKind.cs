using Godwit.Bson;

namespace Godwit.Sandbox.Aggregation.Stages;

/// <summary>A stage as the parser knows it: how it is read and where it may stand.</summary>
/// <param name="Name">The name with its <c>$</c>.</param>
/// <param name="Parse">Reads the value beside the name.</param>
internal sealed record StageKind(string Name, Func<RawValue, StageContext, Stage> Parse)
{
    /// <summary>May stand first only.</summary>
    internal bool IsFirst { get; init; }

    /// <summary>May stand last only; it writes.</summary>
    internal bool Writes { get; init; }

    /// <summary>Needs no collection: runs with <c>{aggregate: 1}</c>.</summary>
    internal bool IsCollectionless { get; init; }

    /// <summary>May not stand in <c>$facet</c>.</summary>
    internal bool IsKeptFromFacet { get; init; }

    /// <summary>May stand in the sub-pipelines of <c>$lookup</c> and <c>$unionWith</c>.</summary>
    internal bool IsAllowedInSubPipeline { get; init; } = true;

    /// <summary>May stand behind <c>$changeStream</c>.</summary>
    internal bool IsAllowedInChangeStream { get; init; }

    /// <summary>May run within a multi-document transaction.</summary>
    internal bool IsAllowedInTransaction { get; init; } = true;
}
