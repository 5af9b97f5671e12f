using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sharding.Commands;

/// <summary>
/// <c>addShard</c>: a running replica set becomes a shard, with the databases it has (ShardingCatalogManager::addShard). The sets that
/// can be added are those that the cluster has started beside its shards and those that were shards before; where its shards run in
/// other processes, sets that were started for that (<c>--shardsvr</c>).
/// </summary>
internal static class AddShardCommand
{
    /// <summary>The databases that a set has.</summary>
    internal static readonly ShardTask DatabasesTask = ShardTask.Of("databases", Databases);

    /// <summary>Runs it.</summary>
    internal static async ValueTask<DocumentBuilder> RunAsync(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var cluster = router.Cluster;
        var address = context.Arguments.RequiredString(context.Request.Name);
        var wanted = context.Arguments.String("name");
        if (wanted?.Length == 0)
        {
            throw new CommandException(ErrorCode.BadValue, "shard name cannot be empty");
        }

        var shard = await FindAsync(cluster, wanted, address, cancellationToken).ConfigureAwait(false);
        if (cluster.Shards.FirstOrDefault(known => known.SetName == shard.SetName) is { } known)
        {
            return wanted is null || wanted == known.Name
                ? new() { { "shardAdded", known.Name } }
                : throw new CommandException(
                    ErrorCode.IllegalOperation,
                    $"A shard already exists containing the replica set '{shard.SetName}'"
                );
        }

        if (cluster.FindShard(shard.Name) is not null)
        {
            throw new CommandException(ErrorCode.IllegalOperation, $"A shard named {shard.Name} already exists");
        }

        await JoinAsync(cluster, shard, cancellationToken).ConfigureAwait(false);
        return new() { { "shardAdded", shard.Name } };
    }

    /// <summary>Makes it a shard, with the databases it has.</summary>
    internal static async ValueTask JoinAsync(
        ShardedCluster cluster,
        ShardServer shard,
        CancellationToken cancellationToken
    )
    {
        var held = await shard.DoAsync(DatabasesTask, [], cancellationToken).ConfigureAwait(false);
        List<string> databases = [.. held["databases"].AsDocument.Values().Select(database => database.AsString)];
        await cluster.NameAsync(shard, cancellationToken).ConfigureAwait(false);
        await UserWrites.JoinAsync(cluster, shard, cancellationToken).ConfigureAwait(false);
        _ = await cluster
            .ChangeAsync(change => Record(change, shard, databases), cancellationToken)
            .ConfigureAwait(false);
    }

    private static async ValueTask<ShardServer> FindAsync(
        ShardedCluster cluster,
        string? name,
        string address,
        CancellationToken cancellationToken
    )
    {
        var parts = address.Split('/');
        if (cluster.Sets.FirstOrDefault(set => parts.Length == 2 && set.SetName == parts[0]) is { } own)
        {
            Check(own, address, parts[1].Split(','));
            return new LocalServer(name ?? own.SetName, own, cluster);
        }

        if (cluster.Sets.FirstOrDefault(set => set.Hosts.Contains(address, StringComparer.Ordinal)) is { } of)
        {
            throw new CommandException(
                ErrorCode.OperationFailed,
                $"host is part of set {of.SetName}; use replica set url format <setname>/<server1>,<server2>, ..."
            );
        }

        return cluster.TakesRemoteShards
            ? await RemoteServer.FindAsync(name, address, cluster, cancellationToken).ConfigureAwait(false)
            : throw Foreign(address);
    }

    private static void Check(SandboxCluster set, string address, IEnumerable<string> hosts)
    {
        foreach (var host in hosts.Where(host => !set.Hosts.Contains(host, StringComparer.Ordinal)))
        {
            throw new CommandException(
                ErrorCode.OperationFailed,
                $"in seed list {address}, host {host} does not belong to replica set {set.SetName}; found {set.SetName}/{string.Join(',', set.Hosts)}"
            );
        }
    }

    private static CommandException Foreign(string address) =>
        new(
            ErrorCode.NotImplemented,
            $"{address} is not a replica set that this Sandbox runs: start it with --spare-sets, or the cluster with --configsvr, which takes sets of other processes"
        );

    private static DocumentBuilder Databases(Member member, TaskInput input) =>
        new()
        {
            {
                "databases",
                RawValue.Array(
                    member
                        .Node.Catalog.Latest.Databases.Where(database =>
                            database is not ("admin" or "config" or "local")
                        )
                        .Select(RawValue.String)
                )
            },
        };

    private static void Record(MetadataChange change, ShardServer shard, List<string> databases)
    {
        foreach (var database in databases)
        {
            if (change.Find(ConfigNames.Databases, database) is { } other)
            {
                throw new CommandException(
                    ErrorCode.OperationFailed,
                    $"can't add shard '{shard.ConnectionString}' because a local database '{database}' exists in another {other["primary"].AsString}"
                );
            }

            change.Put(ConfigNames.Databases, DatabaseEntry.New(database, shard.Name, change.Time).ToDocument());
        }

        change.Put(ConfigNames.Shards, Birth.Entry(shard.Name, shard.ConnectionString, change.Time));
        var details = new DocumentBuilder { { "name", shard.Name }, { "host", shard.ConnectionString } };
        ChangeLog.Add(change, "addShard", "", details.Build());
    }
}
