using System.Collections.Frozen;

namespace Godwit.Sandbox.Auth;

/// <summary>The actions privileges are made of, in the order in which the server lists them.</summary>
internal static class ActionNames
{
    private const string InOrder =
        "addShard advanceClusterTime listClusterCatalog allCollectionStats analyze "
        + "analyzeShardKey anyAction appendOplogNote applicationMessage auditConfigure auditLogRotate authCheck "
        + "authenticate authSchemaUpgrade bypassDefaultMaxTimeMS bypassDocumentValidation "
        + "bypassWriteBlockingMode changeCustomData changePassword changeOwnPassword changeOwnCustomData "
        + "changeStream checkFreeMonitoringStatus checkMetadataConsistency cleanupOrphaned clearJumboFlag "
        + "cleanupStructuredEncryptionData closeAllDatabases collMod collStats compact "
        + "compactStructuredEncryptionData configureQueryAnalyzer connPoolStats connPoolSync convertToCapped "
        + "cpuProfiler createCollection createDatabase createIndex createRole createSearchIndexes createUser "
        + "dbCheck dbHash dbStats dropAllRolesFromDatabase dropAllUsersFromDatabase dropCollection "
        + "dropConnections dropDatabase dropIndex dropRole dropSearchIndex dropUser emptycapped enableProfiler "
        + "enableSharding exportCollection find flushRouterConfig forceUUID fsync fsyncUnlock "
        + "getClusterParameter getDatabaseVersion getDefaultRWConcern getCmdLineOpts getLog getParameter "
        + "getShardMap getShardVersion grantRole grantPrivilegesToRole grantRolesToRole grantRolesToUser "
        + "hostInfo impersonate importCollection indexStats inprog insert internal invalidateUserCache "
        + "issueDirectShardOperations killAnyCursor killAnySession killCursors killop listCachedAndActiveUsers "
        + "listCollections listCursors listDatabases listIndexes listSampledQueries listSearchIndexes "
        + "listSessions listShards logRotate updateSearchIndex moveChunk moveCollection netstat oidcListKeys "
        + "oidcRefreshKeys oidReset operationMetrics planCacheIndexFilter planCacheRead planCacheWrite "
        + "querySettings queryStatsRead queryStatsReadTransformed refineCollectionShardKey reIndex remove "
        + "removeShard renameCollection renameCollectionSameDB repairDatabase replSetConfigure replSetGetConfig "
        + "replSetGetStatus replSetHeartbeat replSetReconfig replSetResizeOplog replSetStateChange "
        + "reshardCollection resync revokeRole revokePrivilegesFromRole revokeRolesFromRole revokeRolesFromUser "
        + "rotateCertificates runAsLessPrivilegedUser runTenantMigration serverStatus "
        + "setAuthenticationRestriction setClusterParameter setDefaultRWConcern setFeatureCompatibilityVersion "
        + "setFreeMonitoring setParameter setUserWriteBlockMode shardCollection shardedDataDistribution "
        + "shardingState shutdown splitChunk splitVector storageDetails top touch trafficRecord "
        + "transitionFromDedicatedConfigServer transitionToDedicatedConfigServer unlock unshardCollection "
        + "useTenant useUUID update updateRole updateUser validate viewRole viewUser applyOps "
        + "setChangeStreamState getChangeStreamState";

    private static readonly string[] All = InOrder.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static readonly FrozenDictionary<string, int> Places = All.Index()
        .ToFrozenDictionary(pair => pair.Item, pair => pair.Index, StringComparer.Ordinal);

    /// <summary>Every action there is: what the server itself may do.</summary>
    internal static IReadOnlyList<string> Every => All;

    /// <summary>Whether there is such an action.</summary>
    internal static bool Exists(string action) => Places.ContainsKey(action);

    /// <summary>Actions in the server's order, each once.</summary>
    internal static IEnumerable<string> Sort(IEnumerable<string> actions) =>
        actions.Distinct(StringComparer.Ordinal).OrderBy(action => Places[action]);
}
