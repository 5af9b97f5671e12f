using Godwit.Bson;

namespace Godwit.Sandbox.Sharding;

/// <summary>The first entries of a cluster's metadata: its id, its shards and its routers.</summary>
internal static class Birth
{
    /// <summary>Adds what is missing and gives the cluster's id.</summary>
    internal static RawValue Record(MetadataChange change, ShardedCluster cluster)
    {
        var version = change.Where(ConfigNames.Version, _ => true);
        var id = version.Count > 0 ? version[0]["clusterId"] : ObjectIds.New(cluster.Time);
        change.Put(ConfigNames.Version, new DocumentBuilder { { "_id", 1 }, { "clusterId", id } }.Build());
        foreach (var shard in cluster.Shards)
        {
            if (change.Find(ConfigNames.Shards, shard.Name) is not { } known)
            {
                change.Put(ConfigNames.Shards, Entry(shard, change.Time));
            }
            else
            {
                // The set may have other ports than in its last life: as when its configuration has changed.
                change.Put(ConfigNames.Shards, CommandBody.With(known, ("host", shard.ConnectionString)));
            }
        }

        foreach (var host in cluster.Routers)
        {
            change.Put(ConfigNames.Mongos, Router(host, cluster, change));
        }

        return id;
    }

    private static RawDocument Entry(ShardServer shard, ClusterTime time) =>
        new DocumentBuilder
        {
            { "_id", shard.Name },
            { "host", shard.ConnectionString },
            { "state", 1 },
            { "topologyTime", time },
            { "replSetConfigVersion", -1L },
        }.Build();

    private static RawDocument Router(string host, ShardedCluster cluster, MetadataChange change)
    {
        var now = RawValue.DateTime(cluster.Time.GetUtcNow());
        return new DocumentBuilder
        {
            { "_id", host },
            { "advisoryHostFQDNs", new ArrayBuilder().Build() },
            { "created", now },
            { "mongoVersion", change.Member.Profile.Version.ToString() },
            { "ping", now },
            { "up", 0L },
            { "waiting", true },
        }.Build();
    }
}
