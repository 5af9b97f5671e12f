using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Storage;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Sharding;

/// <summary>
/// Moves what is not sharded of a database to another shard, with every other request kept off the database. The collections get
/// new identities there; change streams see them made, not their documents, nor that the old ones go (sessions-sharded/sharded_events).
/// </summary>
internal static class PrimaryMove
{
    /// <summary>Moves it.</summary>
    internal static async ValueTask RunAsync(
        ShardedCluster cluster,
        string database,
        ShardServer to,
        CancellationToken cancellationToken
    )
    {
        using var lease = await cluster.Leases.OwnAsync(database, cancellationToken).ConfigureAwait(false);
        var entry = cluster.Table.Database(database)!;
        if (entry.Primary == to.Name)
        {
            return;
        }

        var from = cluster.Shard(entry.Primary);
        var all = await from.OnPrimaryAsync(
                (member, _) =>
                    ValueTask.FromResult<List<CollectionInfo>>([.. member.Node.Catalog.Latest.InDatabase(database)]),
                cancellationToken
            )
            .ConfigureAwait(false);
        var moved = all.Where(collection => !collection.IsView && cluster.Table.Find(collection.Namespace) is null)
            .ToList();
        foreach (var collection in moved)
        {
            await CopyAsync(from, to, collection, cancellationToken).ConfigureAwait(false);
        }

        foreach (var collection in all.Where(collection => cluster.Table.Find(collection.Namespace) is not null))
        {
            _ = await CollectionDefinition
                .EnsureAsync(to, collection, collection.Uuid, isHidden: false, cancellationToken)
                .ConfigureAwait(false);
        }

        _ = await cluster
            .ChangeAsync(
                change => change.Put(ConfigNames.Databases, entry.MovedTo(to.Name, change.Time).ToDocument()),
                cancellationToken
            )
            .ConfigureAwait(false);
        _ = await from.OnPrimaryAsync(
                (member, _) =>
                {
                    moved.ForEach(collection => Drop(member, collection));
                    return ValueTask.FromResult(true);
                },
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    private static async ValueTask CopyAsync(
        ShardServer from,
        ShardServer to,
        CollectionInfo collection,
        CancellationToken cancellationToken
    )
    {
        var uuid = Guid.NewGuid();
        _ = await CollectionDefinition
            .EnsureAsync(to, collection, uuid, isHidden: false, cancellationToken)
            .ConfigureAwait(false);
        var documents = await from.OnPrimaryAsync(
                (member, _) =>
                {
                    using var view = member.Node.View();
                    return ValueTask.FromResult<List<RawDocument>>([
                        .. new CollectionReader(view, collection).Scan().Select(record => record.Document),
                    ]);
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        _ = await to.OnPrimaryAsync(
                (member, _) =>
                {
                    Insert(member, uuid, documents);
                    return ValueTask.FromResult(true);
                },
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    private static void Insert(Member member, Guid uuid, List<RawDocument> documents)
    {
        lock (member.Node.WriteLock)
        {
            member.CheckAcceptsWrites();
            foreach (var document in documents)
            {
                using var operation = new WriteOperation(member.Node) { FromMigrate = true };
                var target = member.Node.Catalog.Latest.Find(uuid)!;
                operation.Insert(target, document);
                ViewCatalog.Follow(operation, target, document["_id"], document);
                operation.Commit();
            }
        }
    }

    private static void Drop(Member member, CollectionInfo collection)
    {
        lock (member.Node.WriteLock)
        {
            member.CheckAcceptsWrites();
            using var operation = new WriteOperation(member.Node) { FromMigrate = true };
            if (operation.Find(collection.Namespace) is { } found)
            {
                foreach (var view in ViewsOf(operation, found))
                {
                    operation.Unit.CatalogChanges.Add(new(view, null));
                }

                CatalogWriter.Drop(operation, found);
                operation.Commit();
            }
        }
    }

    private static List<CollectionInfo> ViewsOf(WriteOperation operation, CollectionInfo collection) =>
        collection.Namespace.Collection == ViewCatalog.CollectionName
            ? [.. operation.View.Catalog.InDatabase(collection.Namespace.Database).Where(other => other.IsView)]
            : [];
}
