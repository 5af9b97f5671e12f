using System.Collections.Frozen;
using Godwit.Bson;
using Godwit.Sandbox.Diagnostics;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Stages;

/// <summary>All stages by name.</summary>
internal static class StageTable
{
    private static readonly HashSet<string> OnlyOnAtlas = new(StringComparer.Ordinal)
    {
        "$search",
        "$searchMeta",
        "$vectorSearch",
    };

    private static readonly FrozenDictionary<string, StageKind> ByName = new StageKind[]
    {
        new("$addFields", ReshapingStages.AddFields) { IsAllowedInChangeStream = true },
        new("$bucket", BucketStage.Parse),
        new("$bucketAuto", BucketAutoStage.Parse),
        Source("$changeStream", RefuseMisplaced),
        new("$changeStreamSplitLargeEvent", RefuseSplit) { IsAllowedInChangeStream = true },
        Source("$collStats", StatisticsSources.CollectionStatistics),
        new("$count", CountingStages.Count),
        Source("$currentOp", ServerSources.CurrentOperations) with
        {
            IsCollectionless = true,
        },
        Source("$documents", ServerSources.Documents) with
        {
            IsCollectionless = true,
            IsAllowedInSubPipeline = true,
            IsAllowedInTransaction = true,
        },
        new("$densify", DensifyStage.Parse),
        new("$facet", FacetStage.Parse) { IsKeptFromFacet = true },
        Source("$geoNear", RefuseGeoNear) with
        {
            IsAllowedInSubPipeline = true,
            IsAllowedInTransaction = true,
        },
        new("$fill", FillStage.Parse),
        new("$graphLookup", GraphLookupStage.Parse),
        new("$group", GroupStage.Parse),
        Source("$indexStats", StatisticsSources.IndexStatistics),
        new("$limit", CountingStages.Limit),
        Source("$listLocalSessions", ServerSources.LocalSessions) with
        {
            IsCollectionless = true,
        },
        Source("$listSessions", ServerSources.Sessions),
        new("$lookup", LookupStage.Parse),
        new("$match", ReshapingStages.Match) { IsAllowedInChangeStream = true },
        Target("$merge", MergeStage.Parse),
        Target("$out", OutStage.Parse),
        Source("$planCacheStats", (_, _) => new SourceStage(() => [])),
        new("$project", ReshapingStages.Project) { IsAllowedInChangeStream = true },
        new("$redact", RedactStage.Parse) { IsAllowedInChangeStream = true },
        new("$replaceRoot", ReshapingStages.ReplaceRoot) { IsAllowedInChangeStream = true },
        new("$replaceWith", ReshapingStages.ReplaceWith) { IsAllowedInChangeStream = true },
        new("$sample", SampleStage.Parse),
        new("$set", ReshapingStages.Set) { IsAllowedInChangeStream = true },
        new("$setWindowFields", WindowStage.Parse),
        new("$skip", CountingStages.Skip),
        new("$sort", SortStage.Parse),
        new("$sortByCount", CountingStages.SortByCount),
        new("$unionWith", UnionStage.Parse),
        new("$unset", ReshapingStages.Unset) { IsAllowedInChangeStream = true },
        new("$unwind", UnwindStage.Parse),
        new("$_internalInhibitOptimization", (_, _) => new StreamStage(input => input)),
    }.ToFrozenDictionary(kind => kind.Name, StringComparer.Ordinal);

    /// <summary>The stage of a name.</summary>
    internal static StageKind Find(string name) =>
        ByName.TryGetValue(name, out var kind) ? kind
        : name == "$listSearchIndexes" ? throw Maintenance.NoSearch()
        : OnlyOnAtlas.Contains(name)
            ? throw new CommandException(6047401, $"{name} stage is only allowed on MongoDB Atlas")
        : throw new CommandException(40324, $"Unrecognized pipeline stage name: '{name}'");

    private static StageKind Source(string name, Func<RawValue, StageContext, Stage> parse) =>
        new(name, parse)
        {
            IsFirst = true,
            IsKeptFromFacet = true,
            IsAllowedInTransaction = false,
        };

    private static StageKind Target(string name, Func<RawValue, StageContext, Stage> parse) =>
        new(name, parse)
        {
            Writes = true,
            IsKeptFromFacet = true,
            IsAllowedInSubPipeline = false,
        };

    private static Stage RefuseMisplaced(RawValue value, StageContext context) =>
        throw new CommandException(
            40602,
            "$_internalChangeStreamOplogMatch is only valid as the first stage in a pipeline"
        );

    private static Stage RefuseSplit(RawValue value, StageContext context) =>
        throw new CommandException(
            ErrorCode.IllegalOperation,
            "$changeStreamSplitLargeEvent can only be used in a $changeStream pipeline"
        );

    private static Stage RefuseGeoNear(RawValue value, StageContext context) =>
        throw new CommandException(
            ErrorCode.IndexNotFound,
            "$geoNear requires a 2d or 2dsphere index, but none were found"
        );
}
