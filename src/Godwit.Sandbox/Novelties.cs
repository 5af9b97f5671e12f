using System.Collections.Frozen;

namespace Godwit.Sandbox;

/// <summary>
/// What came after MongoDB 6.0, by the release it came with: a server of an earlier one does not know it (MongoDB's manual, and the
/// feature flags in <c>server_feature_flags.idl</c>, <c>query_feature_flags.idl</c> and <c>sharding_feature_flags.idl</c>).
/// </summary>
internal static class Novelties
{
    /// <summary>Inserts of several documents by one statement are one entry of the oplog.</summary>
    internal const string VectoredInserts = "vectored inserts";

    /// <summary>Capped collections can be read with <c>readConcern</c> snapshot.</summary>
    internal const string SnapshotReadsOfCapped = "snapshot reads of capped collections";

    /// <summary>Change events tell dots in the names of changed fields apart.</summary>
    internal const string DisambiguatedPaths = "disambiguatedPaths";

    /// <summary>An update of one document may say which one is the first.</summary>
    internal const string UpdateSort = "sort of updates";

    /// <summary>A write of one document of a sharded collection needs neither the shard key nor an id.</summary>
    internal const string WriteWithoutShardKey = "writes without shard key";

    /// <summary>A wildcard index may have other fields.</summary>
    internal const string CompoundWildcards = "compound wildcard indexes";

    /// <summary>The span of buckets can be chosen.</summary>
    internal const string BucketRounding = "bucketRoundingSeconds";

    /// <summary>The roles of whoever asks can be used in expressions.</summary>
    internal const string UserRoles = "USER_ROLES";

    /// <summary>Queries of one shape have a hash.</summary>
    internal const string QueryShapes = "queryShapeHash";

    /// <summary>Of a hashed shard key no index is needed.</summary>
    internal const string HashedKeyWithoutIndex = "hashed shard keys without index";

    private static readonly FrozenDictionary<string, Version> Since = new Dictionary<string, Version>(
        StringComparer.Ordinal
    )
    {
        [DisambiguatedPaths] = new(6, 1),
        ["$bitAnd"] = new(6, 3),
        ["$bitNot"] = new(6, 3),
        ["$bitOr"] = new(6, 3),
        ["$bitXor"] = new(6, 3),
        [BucketRounding] = new(6, 3),
        ["$median"] = new(7, 0),
        ["$percentile"] = new(7, 0),
        [CompoundWildcards] = new(7, 0),
        [HashedKeyWithoutIndex] = new(7, 0),
        [UserRoles] = new(7, 0),
        ["analyzeShardKey"] = new(7, 0),
        ["checkMetadataConsistency"] = new(7, 0),
        ["configureQueryAnalyzer"] = new(7, 0),
        [WriteWithoutShardKey] = new(7, 1),
        ["$toUUID"] = new(8, 0),
        ["bulkWrite"] = new(8, 0),
        ["moveCollection"] = new(8, 0),
        ["removeQuerySettings"] = new(8, 0),
        ["setQuerySettings"] = new(8, 0),
        ["transitionFromDedicatedConfigServer"] = new(8, 0),
        ["transitionToDedicatedConfigServer"] = new(8, 0),
        ["unshardCollection"] = new(8, 0),
        [QueryShapes] = new(8, 0),
        [UpdateSort] = new(8, 0),
        [SnapshotReadsOfCapped] = new(8, 0),
        [VectoredInserts] = new(8, 0),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Whether a server of this release knows a command, an operator or a way to work.</summary>
    internal static bool Knows(this Version server, string what) =>
        !Since.TryGetValue(what, out var release) || server >= release;
}
