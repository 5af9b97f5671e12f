using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Storage;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Sharding;

/// <summary>Makes a collection on a shard as another shard has it.</summary>
internal static class CollectionDefinition
{
    /// <summary>Reads the collection of a name on a shard's primary.</summary>
    internal static ValueTask<CollectionInfo?> FindAsync(
        ShardServer shard,
        Namespace ns,
        CancellationToken cancellationToken
    ) =>
        shard.OnPrimaryAsync(
            (member, _) => ValueTask.FromResult(member.Node.Catalog.Latest.Find(ns)),
            cancellationToken
        );

    /// <summary>Makes it where it is missing; one of another identity is in the way.</summary>
    /// <param name="shard">Where it is made.</param>
    /// <param name="model">What it is to be like.</param>
    /// <param name="uuid">Its identity.</param>
    /// <param name="isHidden">Whether change streams leave it out.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    internal static ValueTask<bool> EnsureAsync(
        ShardServer shard,
        CollectionInfo model,
        Guid uuid,
        bool isHidden,
        CancellationToken cancellationToken
    ) =>
        shard.OnPrimaryAsync(
            (member, _) =>
            {
                lock (member.Node.WriteLock)
                {
                    member.CheckAcceptsWrites();
                    Ensure(member.Node, model, uuid, isHidden);
                }

                return ValueTask.FromResult(true);
            },
            cancellationToken
        );

    private static void Ensure(Node node, CollectionInfo model, Guid uuid, bool isHidden)
    {
        var ns = model.Namespace;
        bool? fromMigrate = isHidden ? true : null;
        if (node.Catalog.Latest.Find(ns) is { } known && known.Uuid != uuid)
        {
            throw new CommandException(
                ErrorCode.InvalidUUID,
                $"Cannot create collection {ns} with UUID {uuid} because a collection with another UUID, {known.Uuid}, exists here"
            );
        }

        if (node.Catalog.Latest.Find(ns) is null)
        {
            using var creation = new WriteOperation(node) { FromMigrate = fromMigrate };
            _ = CatalogWriter.Create(creation, ns, model.Options, model.IdIndex?.Spec, uuid, fromMigrate);
            creation.Commit();
        }

        foreach (var index in model.Indexes.Where(index => index is { IsIdIndex: false, IsReady: true }))
        {
            if (!IndexCatalog.Exists(node.Catalog.Latest.Find(ns)!, index.Spec))
            {
                // Change streams see at most the collection made (sessions-sharded/sharded_events).
                using var step = new WriteOperation(node) { FromMigrate = true };
                _ = IndexCatalog.AddToEmpty(step, step.Find(ns)!, index.Spec);
                step.Commit();
            }
        }
    }
}
