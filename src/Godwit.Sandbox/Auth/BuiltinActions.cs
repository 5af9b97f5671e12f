namespace Godwit.Sandbox.Auth;

/// <summary>The actions that built-in roles grant together.</summary>
internal static class BuiltinActions
{
    /// <summary>Reading a collection.</summary>
    internal const string Read =
        "changeStream collStats dbHash dbStats find killCursors listCollections listIndexes "
        + "listSearchIndexes planCacheRead";

    /// <summary>What writing adds to reading.</summary>
    internal const string Write =
        "cleanupStructuredEncryptionData compactStructuredEncryptionData convertToCapped createCollection "
        + "createIndex createSearchIndexes dropCollection dropIndex dropSearchIndex insert remove "
        + "renameCollectionSameDB update updateSearchIndex";

    /// <summary>Reading and writing a collection.</summary>
    internal const string ReadWrite = Read + " " + Write;

    /// <summary>Keeping users and roles.</summary>
    internal const string UserAdmin =
        "changeCustomData changePassword createRole createUser dropRole dropUser grantRole revokeRole "
        + "setAuthenticationRestriction viewRole viewUser";

    /// <summary>Keeping collections and indexes.</summary>
    internal const string DbAdmin =
        "analyze bypassDocumentValidation collMod collStats compact configureQueryAnalyzer "
        + "convertToCapped createCollection createIndex createSearchIndexes dbStats dropCollection "
        + "dropDatabase dropIndex dropSearchIndex enableProfiler listCollections listIndexes "
        + "listSearchIndexes planCacheIndexFilter planCacheRead planCacheWrite reIndex "
        + "renameCollectionSameDB storageDetails updateSearchIndex validate";

    /// <summary>Keeping the profiler's collection.</summary>
    internal const string Profiler = Read + " convertToCapped createCollection dropCollection";

    /// <summary>Keeping the indexes of the collections of users and roles.</summary>
    internal const string UserIndexes = Read + " createIndex createSearchIndexes dropIndex dropSearchIndex";

    /// <summary>Putting collections back.</summary>
    internal const string Restore =
        "bypassDocumentValidation collMod convertToCapped createCollection createIndex "
        + "createSearchIndexes dropCollection insert updateSearchIndex";

    /// <summary>Figures of collections.</summary>
    internal const string ReadFigures = "collStats dbStats getDatabaseVersion getShardVersion indexStats";

    /// <summary>Figures of the cluster.</summary>
    internal const string MonitorCluster =
        "allCollectionStats connPoolStats getCmdLineOpts getDefaultRWConcern getLog getParameter "
        + "getShardMap hostInfo inprog listClusterCatalog listDatabases listSampledQueries listSessions "
        + "listShards netstat operationMetrics queryStatsRead queryStatsReadTransformed replSetGetConfig "
        + "replSetGetStatus serverStatus shardedDataDistribution shardingState top useUUID";

    /// <summary>Steering a server.</summary>
    internal const string ManageHost =
        "applicationMessage auditConfigure compact connPoolSync dropConnections flushRouterConfig fsync "
        + "invalidateUserCache killAnyCursor killAnySession killop logRotate oidReset oidcListKeys "
        + "oidcRefreshKeys replSetResizeOplog resync rotateCertificates setParameter shutdown touch "
        + "trafficRecord unlock";

    /// <summary>Steering the set and the shards.</summary>
    internal const string ManageCluster =
        "addShard appendOplogNote applicationMessage checkMetadataConsistency cleanupOrphaned "
        + "flushRouterConfig getChangeStreamState getClusterParameter getDefaultRWConcern listSessions "
        + "listShards querySettings removeShard replSetConfigure replSetGetConfig replSetGetStatus "
        + "replSetStateChange resync runTenantMigration setChangeStreamState setClusterParameter "
        + "setDefaultRWConcern setFeatureCompatibilityVersion transitionFromDedicatedConfigServer "
        + "transitionToDedicatedConfigServer";

    /// <summary>Spreading collections over shards.</summary>
    internal const string ManageChunks =
        "analyzeShardKey clearJumboFlag configureQueryAnalyzer enableSharding moveChunk moveCollection "
        + "refineCollectionShardKey reshardCollection splitChunk splitVector unshardCollection";

    /// <summary>Giving collections to shards.</summary>
    internal const string EnableSharding =
        "analyzeShardKey enableSharding moveCollection refineCollectionShardKey reshardCollection unshardCollection";
}
