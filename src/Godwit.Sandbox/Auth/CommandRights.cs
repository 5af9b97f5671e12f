using System.Collections.Frozen;
using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Sharding;

namespace Godwit.Sandbox.Auth;

/// <summary>What each command needs to be allowed. A command that is not listed is allowed to nobody who must log in.</summary>
internal static class CommandRights
{
    private static readonly string[] Free =
    [
        "abortTransaction",
        "buildInfo",
        "commitTransaction",
        "configureFailPoint",
        "connectionStatus",
        "endSessions",
        "features",
        "getMore",
        "killCursors",
        "killSessions",
        "listCommands",
        "listDatabases",
        "logout",
        "ping",
        "refreshSessions",
        "startSession",
        "waitForFailPoint",
        "testVersion2",
        "whatsmyuri",
    ];

    private static readonly Dictionary<string, string> OnCollection = new(StringComparer.Ordinal)
    {
        ["collMod"] = "collMod",
        ["collStats"] = "collStats",
        ["compact"] = "compact",
        ["convertToCapped"] = "convertToCapped",
        ["count"] = "find",
        ["createIndexes"] = "createIndex",
        ["createSearchIndexes"] = "createSearchIndexes",
        ["distinct"] = "find",
        ["drop"] = "dropCollection",
        ["dropIndexes"] = "dropIndex",
        ["dropSearchIndex"] = "dropSearchIndex",
        ["find"] = "find",
        ["listIndexes"] = "listIndexes",
        ["listSearchIndexes"] = "listSearchIndexes",
        ["mapReduce"] = "find",
        ["planCacheClear"] = "planCacheWrite",
        ["planCacheClearFilters"] = "planCacheIndexFilter",
        ["planCacheListFilters"] = "planCacheIndexFilter",
        ["planCacheSetFilter"] = "planCacheIndexFilter",
        ["reIndex"] = "reIndex",
        ["updateSearchIndex"] = "updateSearchIndex",
        ["validate"] = "validate",
    };

    private static readonly Dictionary<string, string> OnDatabase = new(StringComparer.Ordinal)
    {
        ["dbHash"] = "dbHash",
        ["dbStats"] = "dbStats",
        ["dropAllRolesFromDatabase"] = "dropRole",
        ["dropAllUsersFromDatabase"] = "dropUser",
        ["dropDatabase"] = "dropDatabase",
        ["dropRole"] = "dropRole",
        ["dropUser"] = "dropUser",
        ["validateDBMetadata"] = "validate",
    };

    private static readonly Dictionary<string, string> OnCluster = new(StringComparer.Ordinal)
    {
        ["analyzeShardKey"] = "analyzeShardKey",
        ["appendOplogNote"] = "appendOplogNote",
        ["checkMetadataConsistency"] = "checkMetadataConsistency",
        ["configureQueryAnalyzer"] = "configureQueryAnalyzer",
        ["connPoolStats"] = "connPoolStats",
        ["fsync"] = "fsync",
        ["fsyncUnlock"] = "unlock",
        ["getClusterParameter"] = "getClusterParameter",
        ["getCmdLineOpts"] = "getCmdLineOpts",
        ["getDefaultRWConcern"] = "getDefaultRWConcern",
        ["getLog"] = "getLog",
        ["getParameter"] = "getParameter",
        ["getShardMap"] = "getShardMap",
        ["hostInfo"] = "hostInfo",
        ["invalidateUserCache"] = "invalidateUserCache",
        ["killAllSessions"] = "killAnySession",
        ["killAllSessionsByPattern"] = "killAnySession",
        ["lockInfo"] = "serverStatus",
        ["logRotate"] = "logRotate",
        ["removeQuerySettings"] = "querySettings",
        ["replSetFreeze"] = "replSetStateChange",
        ["replSetGetConfig"] = "replSetGetConfig",
        ["replSetGetRBID"] = "internal",
        ["replSetGetStatus"] = "replSetGetStatus",
        ["replSetInitiate"] = "replSetConfigure",
        ["replSetMaintenance"] = "replSetStateChange",
        ["replSetReconfig"] = "replSetConfigure",
        ["replSetResizeOplog"] = "replSetResizeOplog",
        ["replSetStepDown"] = "replSetStateChange",
        ["replSetStepUp"] = "replSetStateChange",
        ["replSetSyncFrom"] = "replSetStateChange",
        ["serverStatus"] = "serverStatus",
        ["setClusterParameter"] = "setClusterParameter",
        ["setDefaultRWConcern"] = "setDefaultRWConcern",
        ["setFeatureCompatibilityVersion"] = "setFeatureCompatibilityVersion",
        ["setParameter"] = "setParameter",
        ["setQuerySettings"] = "querySettings",
        ["setUserWriteBlockMode"] = "setUserWriteBlockMode",
        ["shutdown"] = "shutdown",
        ["top"] = "top",
    };

    private static readonly FrozenDictionary<string, Func<RightsQuery, IEnumerable<Need>>> Table = Free.Select(name =>
            (Name: name, Needs: (Func<RightsQuery, IEnumerable<Need>>)(_ => []))
        )
        .Concat(OnCollection.Select(pair => (Name: pair.Key, Needs: Of(query => query.Target, pair.Value))))
        .Concat(OnDatabase.Select(pair => (Name: pair.Key, Needs: Of(query => query.WholeDatabase, pair.Value))))
        .Concat(OnCluster.Select(pair => (Name: pair.Key, Needs: Of(_ => Resource.Cluster, pair.Value))))
        .Concat(Special())
        .Concat(ShardingRights.All)
        .ToFrozenDictionary(entry => entry.Name, entry => entry.Needs, StringComparer.Ordinal);

    /// <summary>Whether it is known what a command needs.</summary>
    internal static bool Knows(string command) => Table.ContainsKey(command);

    /// <summary>Whether a command is allowed to everyone who has logged in.</summary>
    internal static bool IsFree(string command) => Free.Contains(command, StringComparer.Ordinal);

    /// <summary>Whether a command works on the data or the catalog of a database.</summary>
    internal static bool TouchesData(string command) =>
        Knows(command)
        && !IsFree(command)
        && !OnCluster.ContainsKey(command)
        && !command.EndsWith("Info", StringComparison.Ordinal)
        && command is not ("currentOp" or "killOp");

    /// <summary>What a command needs; all of it.</summary>
    internal static IEnumerable<Need> For(RightsQuery query) =>
        (CommandTable.Find(query.Request.Name) ?? RouterCommandTable.Find(query.Request.Name)) is { } command
        && Table.TryGetValue(command.Traits.Name, out var needs)
            ? needs(query)
            : [new Need()];

    private static Func<RightsQuery, IEnumerable<Need>> Of(Func<RightsQuery, Resource> resource, string action) =>
        query => [Need.Of(resource(query), action)];

    private static IEnumerable<(string Name, Func<RightsQuery, IEnumerable<Need>> Needs)> Special() =>
        [
            (
                "_mergeAuthzCollections",
                _ =>
                    [
                        Need.Of(
                            Resource.OfDatabase("admin"),
                            "createUser",
                            "createRole",
                            "dropUser",
                            "dropRole",
                            "grantRole",
                            "revokeRole"
                        ),
                    ]
            ),
            ("aggregate", PipelineRights.Aggregate),
            ("applyOps", ApplyOpsRights.For),
            ("bulkWrite", WriteRights.Bulk),
            ("cloneCollectionAsCapped", CatalogRights.CloneAsCapped),
            ("create", CatalogRights.Create),
            ("createRole", query => UserRights.Create(query, "createRole")),
            ("createUser", query => UserRights.Create(query, "createUser")),
            ("currentOp", CurrentOperations),
            ("dataSize", query => [Need.Of(Resource.Of(Namespace.Parse(query.Text("dataSize"))), "find")]),
            ("delete", WriteRights.Delete),
            ("explain", Explained),
            (
                "filemd5",
                query => [Need.Of(Resource.Of(Diagnostics.FileDigest.Chunks(query.Database, query.Body)), "find")]
            ),
            ("findAndModify", WriteRights.FindAndModify),
            ("grantPrivilegesToRole", query => UserRights.OnPrivileges(query, "grantRole")),
            ("grantRolesToRole", query => UserRights.OnRoles(query, "grantRole")),
            ("grantRolesToUser", query => UserRights.OnRoles(query, "grantRole")),
            ("insert", WriteRights.Insert),
            ("killOp", KillOperation),
            ("listCollections", CatalogRights.ListCollections),
            ("profile", Profile),
            ("renameCollection", CatalogRights.Rename),
            ("revokePrivilegesFromRole", query => UserRights.OnPrivileges(query, "revokeRole")),
            ("revokeRolesFromRole", query => UserRights.OnRoles(query, "revokeRole")),
            ("revokeRolesFromUser", query => UserRights.OnRoles(query, "revokeRole")),
            ("rolesInfo", UserRights.RolesInfo),
            ("splitVector", query => [Need.Of(Resource.Of(Namespace.Parse(query.Text("splitVector"))), "splitVector")]),
            ("update", WriteRights.Update),
            ("updateRole", UserRights.UpdateRole),
            ("updateUser", UserRights.UpdateUser),
            ("usersInfo", UserRights.UsersInfo),
        ];

    private static IEnumerable<Need> Explained(RightsQuery query) =>
        query.Body["explain"] is { Type: BsonType.Document } inner && !inner.AsDocument.IsEmpty
            ? For(query with { Request = new(inner.AsDocument, query.Database) })
            : [];

    private static IEnumerable<Need> CurrentOperations(RightsQuery query) =>
        query.Body["$ownOps"].IsTruthy() ? [] : [Need.Of(Resource.Cluster, "inprog")];

    // Whoever may read the profile may ask what is profiled (profile_common.cpp).
    private static IEnumerable<Need> Profile(RightsQuery query)
    {
        var change = new Privilege(query.WholeDatabase, "enableProfiler");
        var read = new Privilege(Resource.Of(new Namespace(query.Database, "system.profile")), "find");
        return
        [
            query.Body["profile"].ToInt64() < 0
                ? new Need([
                    [change],
                    [read],
                ])
                : new Need([
                    [change],
                ]),
        ];
    }

    // One's own operations one may always end.
    private static IEnumerable<Need> KillOperation(RightsQuery query)
    {
        var (context, number) = (query.Context, query.Body["op"].ToInt64());
        var isOwn = context.Member.Operations.Running.Any(operation =>
            operation.Id == number && operation.Context.Client.User == context.Client.User
        );
        return isOwn ? [] : [Need.Of(Resource.Cluster, "killop")];
    }
}
