using Godwit.Engine.Mongo.Administration;
using Godwit.Engine.Ports;
using Godwit.Engine.Recovery;
using Godwit.Sandbox;
using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Mongo.Tests;

/// <summary>What is dropped on a destination is what was meant: each collection by its UUID, and nothing else (P2, P4).</summary>
[Requirement("B08")]
public sealed class DestinationClearingTests : IAsyncLifetime
{
    private SandboxCluster cluster = null!;
    private MongoClient client = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Address => cluster.ConnectionString;

    private IMongoDatabase Shop => client.GetDatabase("shop");

    public async ValueTask InitializeAsync()
    {
        cluster = await SandboxCluster.StartAsync(new() { Members = 1 }, Token);
        client = new(Address);
        await InsertAsync("orders", 1);
        await InsertAsync("items", 1);
        await Shop.CreateCollectionAsync("readings", new() { TimeSeriesOptions = new("at") }, Token);
        await Shop.CreateViewAsync<BsonDocument, BsonDocument>(
            "seen",
            "orders",
            Array.Empty<BsonDocument>(),
            null,
            Token
        );
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await cluster.DisposeAsync();
    }

    [Fact]
    public async Task Everything_that_was_listed_is_dropped_views_and_time_series_too()
    {
        var listed = await DestinationClearing.ListAsync(Address, Token);
        listed
            .Select(one => $"{one.Name} {one.Kind}")
            .ShouldBe(
                ["shop.items collection", "shop.orders collection", "shop.readings timeseries", "shop.seen view"],
                ignoreOrder: true
            );
        (await DestinationClearing.FindDifferenceAsync(Address, listed, Token)).ShouldBeNull();
        await DestinationClearing.DropAsync(Address, listed, Token);
        (await NamesAsync()).ShouldBeEmpty();
        // A crash in between: it is done again, and nothing stands against it.
        (await DestinationClearing.FindDifferenceAsync(Address, listed, Token)).ShouldBeNull();
        await DestinationClearing.DropAsync(Address, listed, Token);
    }

    [Fact]
    public async Task A_collection_of_the_same_name_made_anew_is_a_difference_and_is_not_dropped()
    {
        var listed = await DestinationClearing.ListAsync(Address, Token);
        await Shop.DropCollectionAsync("orders", Token);
        await InsertAsync("orders", 1);
        var difference = await DestinationClearing.FindDifferenceAsync(Address, listed, Token);
        difference.ShouldBe("shop.orders is another collection now");
        await DestinationClearing.DropAsync(Address, listed, Token);
        (await NamesAsync()).ShouldBe(["orders"]);
    }

    [Fact]
    [Requirement("D06")]
    public async Task What_a_migration_has_recorded_as_its_own_is_removed_and_nothing_else()
    {
        var orders = (await DestinationClearing.ListAsync(Address, Token)).Single(one => one.Name == "shop.orders");
        await client
            .GetDatabase(ReservedNames.Database)
            .GetCollection<BsonDocument>(ReservedStore.Collections)
            .InsertManyAsync(
                [
                    new()
                    {
                        { "source", Guid.NewGuid().ToString() },
                        { "name", "shop.orders" },
                        { "destination", orders.Uuid },
                    },
                    new() { { "_id", "view crm.seen" }, { "name", "crm.seen" } },
                ],
                null,
                Token
            );
        // A view of somebody else's that is called as the source calls it.
        var others = client.GetDatabase("crm");
        await others.CreateViewAsync<BsonDocument, BsonDocument>(
            "seen",
            "people",
            Array.Empty<BsonDocument>(),
            null,
            Token
        );
        await DestinationClearing.RemoveMigratedAsync(
            Address,
            name => name.Database == "crm" ? name with { Database = "shop" } : name,
            Token
        );
        (await (await others.ListCollectionNamesAsync(null, Token)).ToListAsync(Token)).ShouldContain("seen");
        (await NamesAsync()).ShouldBe(["items", "readings"], ignoreOrder: true);
    }

    [Fact]
    [Requirement("D06")]
    public async Task A_collection_that_was_begun_and_not_finished_goes_too_unless_somebody_has_written_to_it()
    {
        await Shop.CreateCollectionAsync("begun", null, Token);
        await client
            .GetDatabase(ReservedNames.Database)
            .GetCollection<BsonDocument>(ReservedStore.Collections)
            .InsertManyAsync(
                new[] { "begun", "items", "system.buckets.readings", "never made" }.Select(name => new BsonDocument
                {
                    { "source", Guid.NewGuid().ToString() },
                    { "name", $"shop.{name}" },
                }),
                null,
                Token
            );
        await DestinationClearing.RemoveMigratedAsync(Address, name => name, Token);
        (await NamesAsync()).ShouldBe(["items", "orders", "seen"], ignoreOrder: true);
    }

    private Task InsertAsync(string collection, int id) =>
        Shop.GetCollection<BsonDocument>(collection).InsertOneAsync(new BsonDocument("_id", id), null, Token);

    /// <summary>Without what the server keeps for itself, which goes with its database.</summary>
    private async Task<IReadOnlyList<string>> NamesAsync() =>
        [
            .. (await (await Shop.ListCollectionNamesAsync(null, Token)).ToListAsync(Token)).Where(name =>
                !name.StartsWith("system.", StringComparison.Ordinal)
            ),
        ];
}
