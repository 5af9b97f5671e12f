using MongoDB.Bson;
using MongoDB.Driver;

namespace Godwit.Cli.Demo;

/// <summary>One worker of the application. It alone writes to the orders it has placed, so it knows what each must look like.</summary>
internal sealed class OrderWorker(IMongoDatabase shop, Ledger ledger, Random random)
{
    private readonly IMongoCollection<BsonDocument> orders = shop.GetCollection<BsonDocument>(Shop.Orders);
    private readonly List<BsonDocument> mine = [];

    /// <summary>Makes one write and returns when it was acknowledged by a majority.</summary>
    internal Task WriteAsync(CancellationToken cancellationToken) =>
        random.Next(100) switch
        {
            < 25 => PlaceAsync(cancellationToken),
            < 70 when mine.Count > 0 => ChangeAsync(cancellationToken),
            < 78 when mine.Count > 0 => ReplaceAsync(cancellationToken),
            < 86 when mine.Count > 0 => CancelAsync(cancellationToken),
            < 94 => MoveStockAsync(cancellationToken),
            _ => AuditAsync(cancellationToken),
        };

    private async Task PlaceAsync(CancellationToken cancellationToken)
    {
        var order = Shop.NewOrder(random, Shop.LiveOrders);
        await orders.InsertOneAsync(order, null, cancellationToken);
        mine.Add(new BsonDocument { order.GetElement("_id"), order.GetElement("version") });
        ledger.Note(order["_id"].AsObjectId, 1);
    }

    /// <summary>An update by operators or by a pipeline, arrays included; each adds one to the order's version.</summary>
    private async Task ChangeAsync(CancellationToken cancellationToken)
    {
        var order = mine[random.Next(mine.Count)];
        UpdateDefinition<BsonDocument> update = random.Next(6) switch
        {
            0 => Operators("$push", "lines", Shop.OrderLine(random)),
            1 => Operators("$set", "lines.0.pieces", random.Next(1, 99)),
            2 => Operators("$unset", "note", ""),
            3 => Operators("$set", "deliver.by", new BsonDateTime(1_700_000_000_000L + random.Next())),
            4 => Operators("$pull", "lines", new BsonDocument("pieces", random.Next(1, 9))),
            _ => Pipeline(),
        };
        await ExpectOneAsync(orders.UpdateOneAsync(Key(order), update, null, cancellationToken));
        Note(order, order["version"].AsInt32 + 1);
    }

    private async Task ReplaceAsync(CancellationToken cancellationToken)
    {
        var order = mine[random.Next(mine.Count)];
        var replacement = Shop.NewOrder(random, Shop.LiveOrders);
        var version = order["version"].AsInt32 + 1;
        replacement["_id"] = order["_id"];
        replacement["version"] = version;
        var result = await orders.ReplaceOneAsync(Key(order), replacement, (ReplaceOptions?)null, cancellationToken);
        Expect(result.MatchedCount, order);
        Note(order, version);
    }

    private async Task CancelAsync(CancellationToken cancellationToken)
    {
        var at = random.Next(mine.Count);
        var result = await orders.DeleteOneAsync(Key(mine[at]), cancellationToken);
        Expect(result.DeletedCount, mine[at]);
        ledger.NoteDeleted(mine[at]["_id"].AsObjectId);
        mine.RemoveAt(at);
    }

    /// <summary>A hot document: all workers push to few arrays, which are kept short.</summary>
    private Task MoveStockAsync(CancellationToken cancellationToken)
    {
        var pieces = random.Next(-5, 6);
        var push = new BsonDocument
        {
            {
                "$each",
                new BsonArray
                {
                    new BsonDocument { { "pieces", pieces }, { "by", random.Next(40) } },
                }
            },
            { "$slice", -50 },
        };
        var update = new BsonDocument
        {
            { "$push", new BsonDocument("moves", push) },
            { "$inc", new BsonDocument("pieces", pieces) },
        };
        return shop.GetCollection<BsonDocument>(Shop.Stock)
            .UpdateOneAsync(
                new BsonDocument("_id", random.Next(Shop.StockCount)),
                new BsonDocumentUpdateDefinition<BsonDocument>(update),
                null,
                cancellationToken
            );
    }

    private Task AuditAsync(CancellationToken cancellationToken) =>
        shop.GetCollection<BsonDocument>(Shop.Audit)
            .InsertOneAsync(
                new BsonDocument { { "what", "visit" }, { "by", random.Next(10_000) } },
                null,
                cancellationToken
            );

    private static BsonDocumentUpdateDefinition<BsonDocument> Operators(string name, string path, BsonValue value) =>
        new(new BsonDocument { { name, new BsonDocument(path, value) }, { "$inc", new BsonDocument("version", 1) } });

    private static UpdateDefinition<BsonDocument> Pipeline() =>
        Builders<BsonDocument>.Update.Pipeline(
            new BsonDocument[]
            {
                new(
                    "$set",
                    new BsonDocument
                    {
                        { "version", new BsonDocument("$add", new BsonArray { "$version", 1 }) },
                        { "pieces", new BsonDocument("$sum", "$lines.pieces") },
                        { "state", "packed" },
                    }
                ),
                new("$unset", "note"),
            }
        );

    private static BsonDocument Key(BsonDocument order) => new(order.GetElement("_id"));

    private static async Task ExpectOneAsync(Task<UpdateResult> update)
    {
        var result = await update;
        if (result.MatchedCount != 1)
        {
            throw new DemoFailedException("the application updated an order that should be there and found none");
        }
    }

    private static void Expect(long touched, BsonDocument order)
    {
        if (touched != 1)
        {
            throw new DemoFailedException($"the application did not find its order {order["_id"]}");
        }
    }

    private void Note(BsonDocument order, int version)
    {
        order["version"] = version;
        ledger.Note(order["_id"].AsObjectId, version);
    }
}
