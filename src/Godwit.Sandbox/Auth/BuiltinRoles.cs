using static Godwit.Sandbox.Auth.BuiltinActions;
using static Godwit.Sandbox.Auth.Resource;

namespace Godwit.Sandbox.Auth;

/// <summary>The built-in roles: six of every database, the others of <c>admin</c> only.</summary>
internal static class BuiltinRoles
{
    private const string Admin = "admin";

    private static readonly string[] OfEveryDatabase =
    [
        "read",
        "readWrite",
        "userAdmin",
        "dbAdmin",
        "dbOwner",
        "enableSharding",
    ];

    private static readonly string[] OfAdmin =
    [
        "readAnyDatabase",
        "readWriteAnyDatabase",
        "userAdminAnyDatabase",
        "dbAdminAnyDatabase",
        "clusterMonitor",
        "hostManager",
        "clusterManager",
        "clusterAdmin",
        "__queryableBackup",
        "backup",
        "restore",
        "root",
        "directShardOperations",
        "__system",
    ];

    /// <summary>The built-in roles of a database.</summary>
    internal static IEnumerable<RoleName> Of(string database) =>
        (database == Admin ? OfEveryDatabase.Concat(OfAdmin) : OfEveryDatabase).Select(name => new RoleName(
            name,
            database
        ));

    /// <summary>Whether there is such a role.</summary>
    internal static bool Exists(RoleName role) => Find(role) is not null;

    /// <summary>A role; <see langword="null"/> where there is none of that name.</summary>
    internal static BuiltinRole? Find(RoleName role) =>
        FindOfEvery(role.Role, role.Database)
        ?? (role.Database == Admin ? FindAnyDatabase(role.Role) ?? FindCluster(role.Role) : null);

    private static BuiltinRole? FindOfEvery(string name, string database) =>
        name switch
        {
            "read" => new([], (OfDatabase(database), Read), (Exact(database, "system.js"), Read)),
            "readWrite" => new([], (OfDatabase(database), ReadWrite), (Exact(database, "system.js"), ReadWrite)),
            "userAdmin" => new([], (OfDatabase(database), UserAdmin)),
            "dbAdmin" => new([], (OfDatabase(database), DbAdmin), (Exact(database, "system.profile"), Profiler)),
            "dbOwner" => new([new("readWrite", database), new("dbAdmin", database), new("userAdmin", database)]),
            "enableSharding" => new([], (AnyNormal, EnableSharding)),
            _ => null,
        };

    private static BuiltinRole? FindAnyDatabase(string name) =>
        name switch
        {
            "readAnyDatabase" => new(
                [],
                (AnyNormal, Read),
                (Cluster, "listDatabases"),
                (OfName("system.js"), Read),
                (AnyBuckets, Read)
            ),
            "readWriteAnyDatabase" => new(
                [new("readAnyDatabase", Admin)],
                (AnyNormal, ReadWrite),
                (OfName("system.js"), ReadWrite),
                (AnyBuckets, ReadWrite)
            ),
            "userAdminAnyDatabase" => new(
                [],
                (AnyNormal, UserAdmin + " listCachedAndActiveUsers"),
                (OfDatabase("local"), UserAdmin),
                (OfDatabase("config"), UserAdmin),
                (Cluster, "authSchemaUpgrade invalidateUserCache listDatabases viewUser"),
                (Exact(Admin, "system.users"), UserIndexes),
                (Exact(Admin, "system.roles"), UserIndexes),
                (OfName("system.users"), Read),
                (Exact(Admin, "system.version"), Read),
                (Exact(Admin, "system.backup_users"), Read)
            ),
            "dbAdminAnyDatabase" => new(
                [],
                (Cluster, "applyOps listDatabases"),
                (AnyNormal, DbAdmin),
                (OfName("system.profile"), Profiler),
                (AnyBuckets, DbAdmin)
            ),
            _ => null,
        };

    private static BuiltinRole? FindCluster(string name) =>
        name switch
        {
            "clusterMonitor" => ClusterMonitor(),
            "hostManager" => new([], (Cluster, ManageHost), (AnyNormal, "killCursors")),
            "clusterManager" => ClusterManager(),
            "clusterAdmin" => new(
                [new("clusterMonitor", Admin), new("hostManager", Admin), new("clusterManager", Admin)],
                (AnyNormal, "dropDatabase"),
                (Any, "exportCollection importCollection")
            ),
            "__queryableBackup" => QueryableBackup(),
            "backup" => new(
                [new("__queryableBackup", Admin)],
                (Cluster, "appendOplogNote serverStatus setUserWriteBlockMode"),
                (Exact("config", "settings"), "insert update")
            ),
            "restore" => RestoreRole(),
            "root" => Root(),
            "directShardOperations" => new([], (Cluster, "issueDirectShardOperations")),
            "__system" => new([], (Any, string.Join(' ', ActionNames.Every))),
            _ => null,
        };

    private static BuiltinRole ClusterMonitor() =>
        new(
            [new("read", "config"), new("read", "local")],
            (Cluster, MonitorCluster),
            (AnyNormal, ReadFigures),
            (AnyBuckets, ReadFigures),
            (OfDatabase("config"), ReadFigures),
            (Exact("config", "system.sessions"), ReadFigures),
            (OfDatabase("local"), ReadFigures),
            (Exact("local", "system.replset"), "find"),
            (Exact("local", "replset.election"), "find"),
            (Exact("local", "replset.minvalid"), "find"),
            (OfName("system.profile"), "find")
        );

    private static BuiltinRole ClusterManager() =>
        new(
            [new("read", "config")],
            (Cluster, ManageCluster),
            (AnyNormal, ManageChunks),
            (AnyBuckets, ManageChunks),
            (OfDatabase("config"), ManageChunks),
            (OfDatabase("local"), ManageChunks),
            (Exact("local", "system.replset"), Read),
            (Any, "dbCheck"),
            (Exact("local", "system.healthlog"), Read),
            (OfDatabase("config"), "insert remove update"),
            (OfDatabase("local"), "insert remove update"),
            (Exact("local", "replset.election"), "insert remove update"),
            (Exact("local", "replset.minvalid"), "insert remove update")
        );

    private static BuiltinRole QueryableBackup() =>
        new(
            [],
            (Any, "collStats listCollections listIndexes listSearchIndexes"),
            (AnyNormal, "find"),
            (AnyBuckets, "find"),
            (Cluster, "getParameter listDatabases useUUID"),
            (OfDatabase("config"), "find"),
            (OfDatabase("local"), "find"),
            (Exact("local", "replset.election"), "find"),
            (Exact("local", "replset.minvalid"), "find"),
            (OfName("system.js"), "find"),
            (OfName("system.users"), "find"),
            (OfName("system.profile"), "find"),
            (Exact(Admin, "system.backup_users"), "find"),
            (Exact(Admin, "system.roles"), "find"),
            (Exact(Admin, "system.version"), "find"),
            (Exact("config", "settings"), "find")
        );

    private static BuiltinRole RestoreRole() =>
        new(
            [],
            (Cluster, "applyOps bypassWriteBlockingMode forceUUID getParameter setUserWriteBlockMode useUUID"),
            (OfDatabase("local"), Restore),
            (OfDatabase("config"), Restore),
            (AnyBuckets, Restore),
            (Exact("local", "system.replset"), Restore),
            (Exact("local", "replset.election"), Restore),
            (Exact("local", "replset.minvalid"), Restore),
            (Any, "listCollections"),
            (AnyNormal, Restore + " " + UserAdmin),
            (OfName("system.js"), Restore),
            (Exact(Admin, "tempusers"), "find"),
            (Exact(Admin, "temproles"), "find"),
            (Exact(Admin, "system.backup_users"), Restore),
            (Exact(Admin, "system.version"), Restore + " find"),
            (OfName("system.users"), Restore + " find remove update"),
            (Exact(Admin, "system.roles"), "createIndex"),
            (OfName("system.views"), "dropCollection")
        );

    private static BuiltinRole Root() =>
        new(
            [
                new("clusterAdmin", Admin),
                new("userAdminAnyDatabase", Admin),
                new("dbAdminAnyDatabase", Admin),
                new("readWriteAnyDatabase", Admin),
                new("backup", Admin),
                new("restore", Admin),
                new("directShardOperations", Admin),
            ],
            (Any, "validate"),
            (Cluster, "bypassDefaultMaxTimeMS useTenant"),
            (Exact("config", "system.preimages"), "find remove"),
            (Exact("config", "system.change_collection"), "find insert remove update")
        );
}
