using Godwit.Engine.Cutover;
using Godwit.Engine.Faults;
using Godwit.Engine.Mongo.Connections;
using Godwit.Sandbox;
using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Mongo.Tests;

/// <summary>A server is asked whether an index can become unique, before it does.</summary>
[Requirement("S25")]
public sealed class UniquenessTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Equal_values_are_named_by_their_keys_and_the_index_stays_as_it_is()
    {
        await using var cluster = await SandboxCluster.StartAsync(new() { Members = 1 }, Token);
        await cluster.WaitForPrimaryAsync(Token);
        using var client = new MongoClient(cluster.ConnectionString);
        var shop = client.GetDatabase("shop");
        var people = shop.GetCollection<BsonDocument>("people");
        await people.InsertManyAsync(
            [
                new() { { "_id", 1 }, { "email", "a@b" } },
                new() { { "_id", 2 }, { "email", "c@d" } },
                new() { { "_id", "twin" }, { "email", "a@b" } },
            ],
            cancellationToken: Token
        );
        var index = await people.Indexes.CreateOneAsync(
            new CreateIndexModel<BsonDocument>(new BsonDocument("email", 1)),
            cancellationToken: Token
        );
        await using var destination = new MongoDestination(
            MongoAddress.Parse(cluster.ConnectionString),
            TimeProvider.System
        );
        var catalogue = await destination.ListCatalogueAsync("shop", Token);
        var address = catalogue.Collections.Single(one => one.Name.Collection == "people").Address;
        await destination.ModifyCollectionAsync(address, FinalDefinitions.Prepare(index), Token);
        var before = await DescribeAsync(people);

        var refused = await Should.ThrowAsync<ClusterException>(() =>
            destination.ModifyCollectionAsync(address, FinalDefinitions.AskWhetherUnique(index), Token)
        );

        UniquenessCheck.Describe(refused).ShouldContain("_id 1 and \"twin\"");
        refused.Violations.ShouldHaveSingleItem();
        (await DescribeAsync(people)).ShouldBe(before);

        _ = await people.DeleteOneAsync(new BsonDocument("_id", "twin"), Token);
        await destination.ModifyCollectionAsync(address, FinalDefinitions.AskWhetherUnique(index), Token);
        (await DescribeAsync(people)).ShouldBe(before);
    }

    private static async Task<string> DescribeAsync(IMongoCollection<BsonDocument> collection) =>
        new BsonArray(await (await collection.Indexes.ListAsync(Token)).ToListAsync(Token)).ToJson();
}
