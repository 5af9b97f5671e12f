using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sharding;

/// <summary>Gives a database its primary shard: the one asked for, else the one that holds least.</summary>
internal static class DatabaseCreation
{
    private const int NameLengthMax = 63;

    /// <summary>How much a shard holds.</summary>
    internal static readonly ShardTask BytesTask = ShardTask.Of(
        "bytes",
        (member, _) => new() { { "bytes", BytesOf(member) } }
    );

    /// <summary>Makes the entry in <c>config.databases</c>, unless there is one.</summary>
    internal static async ValueTask RunAsync(
        ShardedCluster cluster,
        string database,
        ShardServer? wanted,
        CancellationToken cancellationToken
    )
    {
        Check(database);
        if (cluster.Table.Database(database) is { } known)
        {
            CheckPrimary(known, wanted);
            return;
        }

        var shard = wanted ?? await LeastAsync(cluster, cancellationToken).ConfigureAwait(false);
        _ = await cluster
            .ChangeAsync(
                change =>
                {
                    if (change.Find(ConfigNames.Databases, database) is { } made)
                    {
                        CheckPrimary(DatabaseEntry.FromDocument(made), wanted);
                        return;
                    }

                    CheckSpelling(change, database);
                    change.Put(
                        ConfigNames.Databases,
                        DatabaseEntry.New(database, shard.Name, change.Time).ToDocument()
                    );
                },
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    private static void Check(string database)
    {
        if (database.Length > NameLengthMax)
        {
            throw new CommandException(
                ErrorCode.InvalidNamespace,
                $"db name must be at most {NameLengthMax} characters, found: {database.Length}"
            );
        }
    }

    private static void CheckPrimary(DatabaseEntry known, ShardServer? wanted)
    {
        if (wanted is not null && known.Primary != wanted.Name)
        {
            throw new CommandException(
                ErrorCode.NamespaceExists,
                $"Database {known.Name} could not be created :: caused by :: database already created on a primary which is different from {wanted.Name}"
            );
        }
    }

    private static void CheckSpelling(MetadataChange change, string database)
    {
        var other = change.Where(
            ConfigNames.Databases,
            document => document["_id"].AsString.Equals(database, StringComparison.OrdinalIgnoreCase)
        );
        if (other.Count > 0)
        {
            throw new CommandException(
                ErrorCode.DatabaseDifferCase,
                $"can't have 2 databases that just differ on case  have: {other[0]["_id"].AsString} want to add: {database}"
            );
        }
    }

    private static async ValueTask<ShardServer> LeastAsync(ShardedCluster cluster, CancellationToken cancellationToken)
    {
        var (least, size) = (cluster.AnyShard, long.MaxValue);
        foreach (var shard in cluster.Receiving)
        {
            var held = await shard.DoAsync(BytesTask, [], cancellationToken).ConfigureAwait(false);
            var bytes = held["bytes"].AsInt64;
            (least, size) = bytes < size ? (shard, bytes) : (least, size);
        }

        return least;
    }

    private static long BytesOf(Member member) =>
        member
            .Node.Catalog.Latest.Databases.Where(database => database is not ("admin" or "config" or "local"))
            .SelectMany(member.Node.Catalog.Latest.InDatabase)
            .Sum(collection => member.Node.Sizes[collection.Ident].Bytes);
}
