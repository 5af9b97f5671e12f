using Godwit.Bson;

namespace Godwit.Sandbox.Auth;

/// <summary>
/// What the commands that only routers know need to be allowed: the <c>doCheckAuthorization</c> of each file under
/// src/mongo/s/commands in MongoDB 8.0.
/// </summary>
internal static class ShardingRights
{
    private static readonly Resource Settings = Resource.Exact("config", "settings");
    private static readonly Resource Shards = Resource.Exact("config", "shards");
    private static readonly Resource Tags = Resource.Exact("config", "tags");

    private static readonly Dictionary<string, string> OnNamespace = new(StringComparer.Ordinal)
    {
        ["abortMoveCollection"] = "moveCollection",
        ["abortReshardCollection"] = "reshardCollection",
        ["abortUnshardCollection"] = "unshardCollection",
        ["balancerCollectionStatus"] = "enableSharding",
        ["cleanupReshardCollection"] = "reshardCollection",
        ["clearJumboFlag"] = "clearJumboFlag",
        ["commitReshardCollection"] = "reshardCollection",
        ["configureCollectionBalancing"] = "splitChunk moveChunk",
        ["getShardVersion"] = "getShardVersion",
        ["mergeAllChunksOnShard"] = "splitChunk",
        ["mergeChunks"] = "splitChunk",
        ["moveChunk"] = "moveChunk",
        ["moveCollection"] = "moveCollection",
        ["moveRange"] = "moveChunk",
        ["refineCollectionShardKey"] = "refineCollectionShardKey",
        ["reshardCollection"] = "reshardCollection",
        ["setAllowMigrations"] = "moveChunk",
        ["shardCollection"] = "enableSharding",
        ["split"] = "splitChunk",
        ["unshardCollection"] = "unshardCollection",
    };

    private static readonly Dictionary<string, string> OnCluster = new(StringComparer.Ordinal)
    {
        ["addShard"] = "addShard",
        ["cleanupOrphaned"] = "cleanupOrphaned",
        ["flushRouterConfig"] = "flushRouterConfig",
        ["listShards"] = "listShards",
        ["netstat"] = "netstat",
        ["removeShard"] = "removeShard",
        ["transitionFromDedicatedConfigServer"] = "transitionFromDedicatedConfigServer",
        ["transitionToDedicatedConfigServer"] = "transitionToDedicatedConfigServer",
    };

    /// <summary>Each command with what it needs.</summary>
    internal static IEnumerable<(string Name, Func<RightsQuery, IEnumerable<Need>> Needs)> All =>
        OnNamespace
            .Select(pair => (pair.Key, Of(Named, pair.Value)))
            .Concat(OnCluster.Select(pair => (pair.Key, Of(_ => Resource.Cluster, pair.Value))))
            .Concat([
                ("addShardToZone", _ => [Zones(Need.Of(Shards, "update"))]),
                ("balancerStart", _ => [Need.Of(Settings, "update")]),
                ("balancerStatus", _ => [Need.Of(Settings, "find")]),
                ("balancerStop", _ => [Need.Of(Settings, "update")]),
                ("enableSharding", Of(Database, "enableSharding")),
                ("isdbgrid", _ => []),
                ("movePrimary", Of(Database, "moveChunk")),
                ("removeShardFromZone", _ => [Zones(Need.Of(Shards, "update")), Zones(Need.Of(Tags, "find"))]),
                (
                    "updateZoneKeyRange",
                    _ => [Zones(Need.Of(Shards, "find")), Zones(Need.Of(Tags, "find", "update", "remove"))]
                ),
            ]);

    private static Func<RightsQuery, IEnumerable<Need>> Of(Func<RightsQuery, Resource> resource, string actions) =>
        query => [Need.Of(resource(query), actions.Split(' '))];

    private static Resource Named(RightsQuery query) => Resource.Of(Namespace.Parse(query.Text(query.Request.Name)));

    private static Resource Database(RightsQuery query) => Resource.OfDatabase(query.Text(query.Request.Name));

    // Who may enable sharding in the whole cluster may change zones without touching the collections themselves.
    private static Need Zones(Need otherwise) =>
        new([
            [new Privilege(Resource.Cluster, "enableSharding")],
            .. otherwise.Ways,
        ]);
}
