using Godwit.Testing;
using Godwit.Web.Tests.Harness;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.Web.Tests;

/// <summary>From a replica set to a sharded cluster by clicking: keys that were found on the source are chosen by a press.</summary>
public sealed class ShardedStoryTests(Chromium chromium) : IClassFixture<Chromium>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Set", "Long")]
    [Requirement("B05")]
    [Requirement("B06")]
    public async Task A_collection_is_sharded_by_a_key_that_was_found_on_the_source()
    {
        await using var stage = await WebStage.SetAsync(shards: 2);
        await stage.Orders.Indexes.CreateOneAsync(
            new CreateIndexModel<BsonDocument>("{text: 1, _id: 1}"),
            null,
            Cancellation
        );
        await using var owner = await chromium.OpenAsync(stage.Hub.Url, "the owner");
        await owner.SignInByLinkAsync(await stage.Hub.SignInLinkAsync());
        await owner.MenuAsync("Links and hosts");
        await stage.LinkAsync(await owner.MakeTokenAsync());
        await owner.ClickAsync("Done");
        await owner.RegisterClusterAsync("shop-cloud", stage.Destination.ConnectionString);
        await owner.ClickAsync("Migrate data to this cluster");
        await owner.SeeAsync("Linked.");
        await owner.ClickAsync("Next");
        await owner.Page.SelectOptionAsync("#source-cluster", "shop");
        await owner.ClickAsync("Next");
        await owner.Page.CheckAsync("#shard");
        await owner.SeeAsync("Paste the parameters here");
        await owner.ClickAsync("Shard shop.orders by {\"_id\":\"hashed\"}");
        await owner.SeeAsync("1 collection will be sharded.");
        await owner.ClickAsync("Shard shop.orders by {\"text\":1,\"_id\":1}");
        await owner.SeeAsync("1 collection will be sharded.");
        await owner.LookAsync("wizard-sharding");
        await owner.ClickAsync("Next");
        await owner.ValidateAsync();
        stage.StartWriting();
        await owner.StartMigrationAsync();
        await owner.UntilInSyncAsync();
        await owner.LookAsync("live-sharded");
        await stage.StopWritingAsync();
        await owner.ClickAsync("I'm ready to cutover");
        await owner.ClickAsync("Proceed to cutover");
        await owner.SeeAsync("No write arrived");
        await owner.Page.CheckAsync("#confirm-stopped");
        await owner.ClickAsync("Finalize migration");
        await owner.SeeAsync("The destination is the truth now.");
        var sharded = await stage
            .Destination.Client.GetDatabase("config")
            .GetCollection<BsonDocument>("collections")
            .Find(new BsonDocument("_id", "shop.orders"))
            .SingleAsync(Cancellation);
        sharded["key"].ShouldBe(new BsonDocument { { "text", 1 }, { "_id", 1 } });
        var here = await stage.Orders.Find("{}").Sort("{_id: 1}").ToListAsync(Cancellation);
        (await stage.OrdersThere.Find("{}").Sort("{_id: 1}").ToListAsync(Cancellation)).ShouldBe(here);
    }
}
