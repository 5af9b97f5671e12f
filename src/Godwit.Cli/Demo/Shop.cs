using System.Globalization;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Godwit.Cli.Demo;

/// <summary>The deployment of the demonstration as it stands before anybody moves it: a shop with most kinds of collection and index.</summary>
internal sealed class Shop(IMongoDatabase database, Random random)
{
    internal const string Name = "shop";
    internal const string Orders = "orders";
    internal const string Accounts = "accounts";
    internal const string Stock = "stock";
    internal const string Audit = "audit";
    internal const int AccountCount = 200;
    internal const int StockCount = 12;

    /// <summary>What <c>placedBy</c> says on orders of the running application, which the <see cref="Ledger"/> answers for.</summary>
    internal const string LiveOrders = "application";

    /// <summary>What every account starts with: transactions move money, so the sum over all accounts never changes.</summary>
    internal const long StartingBalance = 10_000;

    private const int BatchSize = 2_000;
    private static readonly string[] Places = ["Wismar", "Ebeltoft", "Marken", "Roscoff", "Gdynia", "Ålesund"];

    /// <summary>Creates collections, indexes and documents.</summary>
    internal async Task FillAsync(int orders, CancellationToken cancellationToken)
    {
        await CreateCollectionsAsync(cancellationToken);
        await InsertAsync("customers", orders / 4, Customer, cancellationToken);
        await InsertAsync(Orders, orders, StoredOrder, cancellationToken);
        await InsertAsync("sessions", orders / 20, LoginSession, cancellationToken);
        await InsertAsync(Accounts, AccountCount, Account, cancellationToken);
        await InsertAsync(Stock, StockCount, Shelf, cancellationToken);
        await Collection("oddities").InsertManyAsync(Oddities(), null, cancellationToken);
    }

    /// <summary>An order as the application places it.</summary>
    internal static BsonDocument NewOrder(Random random, string placedBy) =>
        new()
        {
            { "_id", ObjectId.GenerateNewId() },
            { "placedBy", placedBy },
            { "version", 1 },
            { "state", "open" },
            { "customer", random.Next(5_000) },
            { "lines", new BsonArray(Enumerable.Range(0, random.Next(1, 6)).Select(_ => OrderLine(random))) },
            {
                "deliver",
                new BsonDocument { { "to", Places[random.Next(Places.Length)] }, { "floor", random.Next(9) } }
            },
            { "note", new string((char)('a' + random.Next(26)), random.Next(20, 200)) },
        };

    /// <summary>One line of an order.</summary>
    internal static BsonDocument OrderLine(Random random) =>
        new()
        {
            { "article", random.Next(StockCount) },
            { "pieces", random.Next(1, 9) },
            { "price", new Decimal128(random.Next(100, 99_900) / 100m) },
        };

    private async Task CreateCollectionsAsync(CancellationToken cancellationToken)
    {
        await database.CreateCollectionAsync(
            Audit,
            new CreateCollectionOptions { Capped = true, MaxSize = 4 << 20 },
            cancellationToken
        );
        await IndexAsync("customers", new("email", 1), new() { Unique = true }, cancellationToken);
        await IndexAsync(Orders, new() { { "customer", 1 }, { "state", -1 } }, new(), cancellationToken);
        await IndexAsync(Orders, new("lines.article", 1), new(), cancellationToken);
        await IndexAsync("sessions", new("since", 1), new() { ExpireAfter = TimeSpan.FromDays(1) }, cancellationToken);
        var open = new CreateIndexOptions<BsonDocument> { PartialFilterExpression = new BsonDocument("state", "open") };
        await IndexAsync(Orders, new("deliver.to", 1), open, cancellationToken);
        await database.RunCommandAsync<BsonDocument>(
            new BsonDocument
            {
                { "create", "openOrders" },
                { "viewOn", Orders },
                {
                    "pipeline",
                    new BsonArray { new BsonDocument("$match", new BsonDocument("state", "open")) }
                },
            },
            cancellationToken: cancellationToken
        );
    }

    private Task<string> IndexAsync(
        string collection,
        BsonDocument keys,
        CreateIndexOptions<BsonDocument> options,
        CancellationToken cancellationToken
    ) =>
        Collection(collection)
            .Indexes.CreateOneAsync(new CreateIndexModel<BsonDocument>(keys, options), null, cancellationToken);

    private async Task InsertAsync(
        string collection,
        int count,
        Func<int, BsonDocument> make,
        CancellationToken cancellationToken
    )
    {
        foreach (var batch in Enumerable.Range(0, count).Select(make).Chunk(BatchSize))
        {
            await Collection(collection).InsertManyAsync(batch, null, cancellationToken);
        }
    }

    private IMongoCollection<BsonDocument> Collection(string name) => database.GetCollection<BsonDocument>(name);

    private BsonDocument Customer(int number) =>
        new()
        {
            { "_id", number },
            { "email", string.Create(CultureInfo.InvariantCulture, $"customer{number}@example.org") },
            { "lives", Places[random.Next(Places.Length)] },
            { "since", new BsonDateTime(1_600_000_000_000L + number * 60_000L) },
        };

    private BsonDocument StoredOrder(int number) => NewOrder(random, placedBy: "archive").Set("number", number);

    private BsonDocument LoginSession(int number) =>
        new() { { "_id", Guid.NewGuid().ToString() }, { "since", new BsonDateTime(4_000_000_000_000L + number) } };

    private static BsonDocument Account(int number) => new() { { "_id", number }, { "balance", StartingBalance } };

    private static BsonDocument Shelf(int number) =>
        new()
        {
            { "_id", number },
            { "moves", new BsonArray() },
            { "pieces", 0 },
        };

    /// <summary>Documents that careless tools lose or alter: every type as <c>_id</c>, reserved names, exact numbers.</summary>
    private static BsonDocument[] Oddities() =>
        [
            new() { { "_id", BsonMinKey.Value }, { "what", "the smallest key there is" } },
            new() { { "_id", BsonMaxKey.Value }, { "what", "the largest" } },
            new() { { "_id", double.NaN }, { "what", "not a number" } },
            new() { { "_id", BsonNull.Value }, { "what", new BsonDocument("a.b", 1) } },
            new() { { "_id", new BsonDocument("at", new BsonTimestamp(7, 7)) }, { "what", BsonUndefined.Value } },
            new() { { "_id", new BsonBinaryData(Guid.Empty, GuidRepresentation.Standard) }, { "what", -0.0 } },
            new() { { "_id", "text" }, { "what", new BsonRegularExpression("^a", "i") } },
            new() { { "_id", true }, { "what", Decimal128.Parse("1.0E+3") } },
            new()
            {
                { "_id", 1.5 },
                { "z", 1 },
                { "a", 2L },
                { "m", 3.0 },
            },
        ];
}
