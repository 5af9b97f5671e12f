using System.Collections.Concurrent;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Godwit.Cli.Demo;

/// <summary>
/// What the application of the demonstration knows it was promised: the version of every order whose write was acknowledged, and which
/// orders were deleted. Held against a deployment, it shows lost and doubled writes without asking the migration.
/// </summary>
internal sealed class Ledger
{
    private readonly ConcurrentDictionary<ObjectId, int> versions = new();

    /// <summary>Orders that are expected to exist.</summary>
    internal int Count => versions.Count;

    /// <summary>A write was acknowledged after which the order has this version.</summary>
    internal void Note(ObjectId order, int version) => versions[order] = version;

    /// <summary>A delete was acknowledged.</summary>
    internal void NoteDeleted(ObjectId order) => versions.TryRemove(order, out _);

    /// <summary>Compares it with the orders that a deployment holds.</summary>
    /// <returns>One sentence for each order that is not as promised.</returns>
    internal async Task<IReadOnlyList<string>> AuditAsync(IMongoDatabase shop, CancellationToken cancellationToken)
    {
        var missing = new Dictionary<ObjectId, int>(versions);
        var wrong = new List<string>();
        var found = shop.GetCollection<BsonDocument>(Shop.Orders)
            .Find(new BsonDocument("placedBy", Shop.LiveOrders))
            .Project(new BsonDocument("version", 1));
        using var cursor = await found.ToCursorAsync(cancellationToken);
        while (await cursor.MoveNextAsync(cancellationToken))
        {
            foreach (var order in cursor.Current)
            {
                var id = order["_id"].AsObjectId;
                if (!missing.Remove(id, out var promised))
                {
                    wrong.Add($"order {id} was deleted and is back");
                }
                else if (order["version"].AsInt32 != promised)
                {
                    wrong.Add($"order {id} has version {order["version"]} instead of {promised}");
                }
            }
        }

        wrong.AddRange(missing.Keys.Select(id => $"order {id} was acknowledged and is missing"));
        return wrong;
    }
}
