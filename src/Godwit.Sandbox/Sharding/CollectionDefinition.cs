using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Storage;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Sharding;

/// <summary>Makes a collection on a shard as another shard has it.</summary>
internal static class CollectionDefinition
{
    /// <summary>The collection of a name.</summary>
    internal static readonly ShardTask FindTask = ShardTask.Of("findCollection", Find);

    /// <summary>A collection made where it is missing.</summary>
    internal static readonly ShardTask EnsureTask = ShardTask.Of("ensureCollection", Ensure);

    /// <summary>Reads the collection of a name on a shard's primary.</summary>
    internal static async ValueTask<CollectionInfo?> FindAsync(
        ShardServer shard,
        Namespace ns,
        CancellationToken cancellationToken
    )
    {
        var found = await shard
            .DoAsync(FindTask, new() { { "ns", ns.ToString() } }, cancellationToken)
            .ConfigureAwait(false);
        return found["collection"] is { Type: BsonType.Document } collection
            ? CollectionInfo.FromDocument(collection.AsDocument)
            : null;
    }

    /// <summary>Makes it where it is missing; one of another identity is in the way.</summary>
    /// <param name="shard">Where it is made.</param>
    /// <param name="model">What it is to be like.</param>
    /// <param name="uuid">Its identity.</param>
    /// <param name="isHidden">Whether change streams leave it out.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    internal static async ValueTask EnsureAsync(
        ShardServer shard,
        CollectionInfo model,
        Guid uuid,
        bool isHidden,
        CancellationToken cancellationToken
    ) =>
        _ = await shard
            .DoAsync(
                EnsureTask,
                new()
                {
                    { "model", model.ToDocument() },
                    { "uuid", RawValue.Uuid(uuid) },
                    { "isHidden", isHidden },
                },
                cancellationToken
            )
            .ConfigureAwait(false);

    private static DocumentBuilder Find(Member member, TaskInput input) =>
        new() { { "collection", member.Node.Catalog.Latest.Find(input.Namespace)?.ToDocument() ?? RawValue.Missing } };

    private static DocumentBuilder Ensure(Member member, TaskInput input)
    {
        lock (member.Node.WriteLock)
        {
            member.CheckAcceptsWrites();
            using var pass = member.Node.WriteBlock.LetPass();
            Ensure(
                member.Node,
                CollectionInfo.FromDocument(input["model"].AsDocument),
                input.Uuid,
                input["isHidden"].IsTruthy()
            );
        }

        return [];
    }

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
