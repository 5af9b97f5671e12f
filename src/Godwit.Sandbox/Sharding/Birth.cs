using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sharding;

/// <summary>The first entries of a cluster's metadata: its id, its shards and its routers.</summary>
internal static class Birth
{
    /// <summary>Adds what is missing and gives the cluster's id.</summary>
    /// <param name="change">Where it is added.</param>
    /// <param name="cluster">The cluster.</param>
    /// <param name="first">The sets that are the shards of a new cluster.</param>
    internal static RawValue Record(MetadataChange change, ShardedCluster cluster, IEnumerable<SandboxCluster> first)
    {
        var version = change.Where(ConfigNames.Version, _ => true);
        if (version.Count == 0)
        {
            change.Put(
                ConfigNames.Version,
                new DocumentBuilder { { "_id", 1 }, { "clusterId", ObjectIds.New(cluster.Time) } }.Build()
            );
            foreach (var set in first)
            {
                change.Put(ConfigNames.Shards, Entry(set.SetName, AddressOf(set), change.Time));
            }
        }

        foreach (var known in change.Where(ConfigNames.Shards, _ => true))
        {
            // The set may have other ports than in its last life: as when its configuration has changed.
            var entry = ShardEntry.FromDocument(known);
            var own = entry.Name == ShardedCluster.ConfigShard ? [cluster.Config.Set] : cluster.Sets;
            if (own.FirstOrDefault(set => set.SetName == entry.SetName) is { } set)
            {
                change.Put(ConfigNames.Shards, CommandBody.With(known, ("host", AddressOf(set))));
            }
            else if (!cluster.TakesRemoteShards)
            {
                throw new CommandException(
                    ErrorCode.IllegalOperation,
                    $"the data folder belongs to a cluster with a shard {entry.Name}, for which no set is started: start it with as "
                        + "many shards and spare sets as it had"
                );
            }
        }

        foreach (var host in cluster.Routers)
        {
            change.Put(ConfigNames.Mongos, Router(host, cluster, change));
        }

        return change.Where(ConfigNames.Version, _ => true)[0]["clusterId"];
    }

    /// <summary>The document of <c>config.shards</c> for a set that becomes a shard.</summary>
    internal static RawDocument Entry(string name, string address, ClusterTime time) =>
        new DocumentBuilder
        {
            { "_id", name },
            { "host", address },
            { "state", 1 },
            { "topologyTime", time },
            { "replSetConfigVersion", -1L },
        }.Build();

    private static string AddressOf(SandboxCluster set) => $"{set.SetName}/{string.Join(',', set.Hosts)}";

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
