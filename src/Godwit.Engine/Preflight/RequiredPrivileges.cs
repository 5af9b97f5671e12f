namespace Godwit.Engine.Preflight;

/// <summary>Actions on one kind of resource.</summary>
/// <param name="Resource">One of the constants of <see cref="RequiredPrivileges"/>, or a namespace.</param>
/// <param name="Actions">As the server names them.</param>
internal sealed record RequiredPrivilege(string Resource, IReadOnlyList<string> Actions)
{
    /// <summary>Each action as it is named to people, and as <see cref="ClusterFacts.Actions"/> holds it.</summary>
    internal IEnumerable<string> Names => Actions.Select(action => RequiredPrivileges.NameOf(Resource, action));
}

/// <summary>
/// What the users of a migration have to be allowed, and nothing beyond (C03, P7): the checks ask for it, roles are made of it, and a test
/// takes each action away.
/// </summary>
internal static class RequiredPrivileges
{
    /// <summary>Every collection of applications.</summary>
    internal const string Collections = "";

    internal const string Cluster = "cluster";

    /// <summary>Buckets of time-series collections, which are none of the collections above (S31).</summary>
    internal const string Buckets = "system_buckets";

    internal const string Oplog = "local.oplog.rs";

    internal const string Configuration = "config";

    /// <summary>Where the balancer's state is kept, which is stopped and put back (D03).</summary>
    internal const string Settings = "config.settings";

    /// <summary>Resources that are named beside an action; on the others it can only be meant for one.</summary>
    private static readonly string[] Special = [Buckets, Oplog, Configuration, Settings];

    /// <summary>Every kind of resource.</summary>
    internal static readonly IReadOnlyList<string> Resources = [Collections, Cluster, .. Special];

    /// <summary>What either user is allowed beside collections.</summary>
    private static readonly RequiredPrivilege[] OnBothSides =
    [
        new(Configuration, ["find"]),
        new(Settings, ["update"]),
        new(
            Cluster,
            [
                "appendOplogNote",
                "bypassWriteBlockingMode",
                "getParameter",
                "inprog",
                "replSetGetConfig",
                "replSetGetStatus",
                "setUserWriteBlockMode",
            ]
        ),
    ];

    /// <summary>What the user on the destination is allowed.</summary>
    internal static readonly IReadOnlyList<RequiredPrivilege> Destination =
    [
        new(
            Collections,
            [
                "find",
                "insert",
                "update",
                "remove",
                "createCollection",
                "dropCollection",
                "dropDatabase",
                "createIndex",
                "dropIndex",
                "collMod",
                "collStats",
                "dbStats",
                "convertToCapped",
                "bypassDocumentValidation",
                "listCollections",
                "listIndexes",
                "changeStream",
                "enableSharding",
                "splitChunk",
                "moveChunk",
                "refineCollectionShardKey",
            ]
        ),
        new(
            Buckets,
            [
                "find",
                "insert",
                "update",
                "remove",
                "bypassDocumentValidation",
                "enableSharding",
                "splitChunk",
                "moveChunk",
            ]
        ),
        .. OnBothSides,
    ];

    /// <summary>What the user on the source is allowed.</summary>
    internal static readonly IReadOnlyList<RequiredPrivilege> Source =
    [
        new(Collections, ["find", "changeStream", "listCollections", "listIndexes", "collStats", "dbStats"]),
        new(Buckets, ["find", "collStats"]),
        new(Oplog, ["find", "collStats"]),
        .. OnBothSides,
    ];

    /// <summary>What the user is allowed on a cluster that was migrated to and is migrated from now (S29).</summary>
    internal static readonly IReadOnlyList<RequiredPrivilege> BothSides =
    [
        .. Destination
            .Concat(Source)
            .GroupBy(one => one.Resource, one => one.Actions)
            .Select(all => new RequiredPrivilege(all.Key, [.. all.SelectMany(actions => actions).Distinct()])),
    ];

    /// <summary>To block writes of users, and to pass the block oneself.</summary>
    internal static readonly IReadOnlyList<string> Blocking = ["setUserWriteBlockMode", "bypassWriteBlockingMode"];

    /// <summary>What is needed on sharded clusters alone.</summary>
    private static readonly string[] OfShards =
    [
        "enableSharding",
        "splitChunk",
        "moveChunk",
        "refineCollectionShardKey",
        "enableSharding on system_buckets",
        "splitChunk on system_buckets",
        "moveChunk on system_buckets",
        "find on config",
        "update on config.settings",
    ];

    /// <summary>What only checks and figures need: without one a migration runs, and that is not looked at (P18).</summary>
    private static readonly string[] Watching =
    [
        "dbStats",
        "getParameter",
        "replSetGetStatus",
        "find on local.oplog.rs",
        "collStats on local.oplog.rs",
    ];

    /// <summary>The same of a destination, which nobody waits for.</summary>
    private static readonly string[] WatchingThere = ["collStats", "inprog"];

    /// <summary>The names of the actions without which a migration stops sooner or later.</summary>
    /// <param name="isSource">Of which side.</param>
    /// <param name="shape">The cluster's shape.</param>
    /// <param name="blocksSource">Whether the source is write-blocked at cutover.</param>
    internal static IEnumerable<string> Needed(bool isSource, ClusterShape shape, bool blocksSource) =>
        All(isSource)
            .Except(Watched(isSource))
            .Except(shape == ClusterShape.Sharded ? [] : OfShards)
            .Except(isSource && blocksSource ? [] : Blocking);

    /// <summary>The names of the actions without which something is not looked at.</summary>
    internal static IEnumerable<string> Watched(bool isSource) =>
        All(isSource).Intersect(isSource ? Watching : [.. Watching, .. WatchingThere]);

    /// <summary>An action as it is named to people.</summary>
    internal static string NameOf(string resource, string action) =>
        Special.Contains(resource) ? $"{action} on {resource}" : action;

    private static IEnumerable<string> All(bool isSource) =>
        (isSource ? Source : Destination).SelectMany(one => one.Names);
}
