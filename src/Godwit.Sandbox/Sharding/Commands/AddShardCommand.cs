using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sharding.Commands;

/// <summary>
/// <c>addShard</c>: a running replica set becomes a shard, with the databases it has (ShardingCatalogManager::addShard). The sets that
/// can be added are those that the cluster has started beside its shards, and those that were shards before.
/// </summary>
internal static class AddShardCommand
{
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

        var set = Find(cluster, address);
        if (cluster.Shards.FirstOrDefault(shard => shard.Set == set) is { } known)
        {
            return wanted is null || wanted == known.Name
                ? new() { { "shardAdded", known.Name } }
                : throw new CommandException(
                    ErrorCode.IllegalOperation,
                    $"A shard already exists containing the replica set '{set.SetName}'"
                );
        }

        var name = wanted ?? set.SetName;
        if (cluster.FindShard(name) is not null)
        {
            throw new CommandException(ErrorCode.IllegalOperation, $"A shard named {name} already exists");
        }

        var shard = new ShardServer(name, set, cluster);
        var databases = await DatabasesOfAsync(shard, cancellationToken).ConfigureAwait(false);
        await cluster.NameAsync(shard, cancellationToken).ConfigureAwait(false);
        _ = await cluster
            .ChangeAsync(change => Record(change, cluster, shard, databases), cancellationToken)
            .ConfigureAwait(false);
        return new() { { "shardAdded", name } };
    }

    private static SandboxCluster Find(ShardedCluster cluster, string address)
    {
        var parts = address.Split('/');
        if (parts.Length != 2)
        {
            throw cluster.Sets.FirstOrDefault(set => set.Hosts.Contains(address, StringComparer.Ordinal)) is { } of
                ? new CommandException(
                    ErrorCode.OperationFailed,
                    $"host is part of set {of.SetName}; use replica set url format <setname>/<server1>,<server2>, ..."
                )
                : Foreign(address);
        }

        var set = cluster.Sets.FirstOrDefault(set => set.SetName == parts[0]) ?? throw Foreign(address);
        foreach (var host in parts[1].Split(',').Where(host => !set.Hosts.Contains(host, StringComparer.Ordinal)))
        {
            throw new CommandException(
                ErrorCode.OperationFailed,
                $"in seed list {address}, host {host} does not belong to replica set {set.SetName}; found {ShardServer.AddressOf(set)}"
            );
        }

        return set;
    }

    private static CommandException Foreign(string address) =>
        new(
            ErrorCode.NotImplemented,
            $"{address} is not a replica set that this Sandbox runs, and no other can be added: start it with --spare-sets"
        );

    private static ValueTask<List<string>> DatabasesOfAsync(ShardServer shard, CancellationToken cancellationToken) =>
        shard.OnPrimaryAsync(
            (member, _) =>
                ValueTask.FromResult(
                    member
                        .Node.Catalog.Latest.Databases.Where(database =>
                            database is not ("admin" or "config" or "local")
                        )
                        .ToList()
                ),
            cancellationToken
        );

    private static void Record(MetadataChange change, ShardedCluster cluster, ShardServer shard, List<string> databases)
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

        change.Put(ConfigNames.Shards, Birth.Entry(shard.Name, shard.Set, change.Time));
        var details = new DocumentBuilder { { "name", shard.Name }, { "host", shard.ConnectionString } };
        ChangeLog.Add(change, "addShard", "", details.Build());
    }
}
