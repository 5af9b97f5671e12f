using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Sharding;

/// <summary>
/// Moves what is not sharded of a database to another shard, with every other request kept off the database. The collections get
/// new identities there; change streams see them made, not their documents, nor that the old ones go (sessions-sharded/sharded_events).
/// </summary>
internal static class PrimaryMove
{
    /// <summary>The collections of a database.</summary>
    internal static readonly ShardTask ListTask = ShardTask.Of("listCollections", List);

    /// <summary>Documents added to a collection that is being moved.</summary>
    internal static readonly ShardTask InsertTask = ShardTask.Of("insertMoved", Insert);

    /// <summary>A collection dropped that has been moved.</summary>
    internal static readonly ShardTask DropTask = ShardTask.Of("dropMoved", Drop);

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
        var listed = await from.DoAsync(ListTask, new() { { "database", database } }, cancellationToken)
            .ConfigureAwait(false);
        List<CollectionInfo> all =
        [
            .. listed["collections"].AsDocument.Values().Select(one => CollectionInfo.FromDocument(one.AsDocument)),
        ];
        var moved = all.Where(collection => !collection.IsView && cluster.Table.Find(collection.Namespace) is null)
            .ToList();
        foreach (var collection in moved)
        {
            await CopyAsync(from, to, collection, cancellationToken).ConfigureAwait(false);
        }

        foreach (var collection in all.Where(collection => cluster.Table.Find(collection.Namespace) is not null))
        {
            await CollectionDefinition
                .EnsureAsync(to, collection, collection.Uuid, isHidden: false, cancellationToken)
                .ConfigureAwait(false);
        }

        _ = await cluster
            .ChangeAsync(
                change => change.Put(ConfigNames.Databases, entry.MovedTo(to.Name, change.Time).ToDocument()),
                cancellationToken
            )
            .ConfigureAwait(false);
        foreach (var collection in moved)
        {
            _ = await from.DoAsync(DropTask, new() { { "ns", collection.Namespace.ToString() } }, cancellationToken)
                .ConfigureAwait(false);
        }
    }

    private static async ValueTask CopyAsync(
        ShardServer from,
        ShardServer to,
        CollectionInfo collection,
        CancellationToken cancellationToken
    )
    {
        var uuid = Guid.NewGuid();
        await CollectionDefinition
            .EnsureAsync(to, collection, uuid, isHidden: false, cancellationToken)
            .ConfigureAwait(false);
        var documents = await WholeCollection.ReadAsync(from, collection.Uuid, cancellationToken).ConfigureAwait(false);
        foreach (var batch in Batches.Of(documents))
        {
            _ = await to.DoAsync(InsertTask, new() { { "uuid", RawValue.Uuid(uuid) } }, cancellationToken, batch)
                .ConfigureAwait(false);
        }
    }

    private static DocumentBuilder List(Member member, TaskInput input)
    {
        var all = member.Node.Catalog.Latest.InDatabase(input["database"].AsString);
        return new()
        {
            { "collections", RawValue.Array(all.Select(collection => RawValue.Document(collection.ToDocument()))) },
        };
    }

    private static DocumentBuilder Insert(Member member, TaskInput input)
    {
        lock (member.Node.WriteLock)
        {
            member.CheckAcceptsWrites();
            foreach (var document in input.Documents)
            {
                using var operation = new WriteOperation(member.Node) { FromMigrate = true };
                var target = member.Node.Catalog.Latest.Find(input.Uuid)!;
                operation.Insert(target, document);
                ViewCatalog.Follow(operation, target, document["_id"], document);
                operation.Commit();
            }
        }

        return [];
    }

    private static DocumentBuilder Drop(Member member, TaskInput input)
    {
        lock (member.Node.WriteLock)
        {
            member.CheckAcceptsWrites();
            using var pass = member.Node.WriteBlock.LetPass();
            using var operation = new WriteOperation(member.Node) { FromMigrate = true };
            if (operation.Find(input.Namespace) is { } found)
            {
                foreach (var view in ViewsOf(operation, found))
                {
                    operation.Unit.CatalogChanges.Add(new(view, null));
                }

                CatalogWriter.Drop(operation, found);
                operation.Commit();
            }
        }

        return [];
    }

    private static List<CollectionInfo> ViewsOf(WriteOperation operation, CollectionInfo collection) =>
        collection.Namespace.Collection == ViewCatalog.CollectionName
            ? [.. operation.View.Catalog.InDatabase(collection.Namespace.Database).Where(other => other.IsView)]
            : [];
}
