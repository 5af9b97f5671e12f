using System.Net;
using Godwit.ControlPlane.Tests.Harness;
using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.ControlPlane.Tests;

/// <summary>
/// The guide between clusters of every other shape, with users, encryption and an authority on each side, under writes: the temporary user's
/// role is enough for a sharded destination, and nothing stays behind (C02).
/// </summary>
[Requirement("C02")]
public sealed class ShardedGuideTests
{
    private const int Shards = 2;
    private const string Orders = "shop.orders";
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("B05")]
    [Requirement("B06")]
    public async Task A_replica_set_moves_to_a_sharded_cluster_with_the_collections_sharded_that_were_named()
    {
        using var here = new TestAuthority("source side");
        using var there = new TestAuthority("destination side");
        await using var stage = await Stage.SetEncryptedAsync(here, there, null, Shards);
        var sharding = new
        {
            createSupportingIndexes = true,
            shardingEntries = new[]
            {
                new
                {
                    database = "shop",
                    collection = "orders",
                    shardCollection = new
                    {
                        key = new object[]
                        {
                            new { text = 1 },
                            new Dictionary<string, string> { ["_id"] = "hashed" },
                        },
                    },
                },
            },
        };
        await RunAsync(stage, here, sharding, Shards);
        (await KeyThereAsync(stage)).ShouldBe(new BsonDocument { { "text", 1 }, { "_id", "hashed" } });
    }

    [Fact]
    [Trait("Set", "Long")]
    public async Task A_sharded_cluster_moves_to_a_sharded_cluster_and_stays_sharded()
    {
        using var here = new TestAuthority("source side");
        using var there = new TestAuthority("destination side");
        await using var stage = await Stage.SetEncryptedAsync(here, there, Shards, Shards);
        await RunAsync(stage, here, null, Shards + Shards);
        (await KeyThereAsync(stage)).ShouldBe(new BsonDocument("_id", "hashed"));
    }

    [Fact]
    [Trait("Set", "Long")]
    [Requirement("H03")]
    public async Task A_sharded_cluster_moves_to_a_replica_set()
    {
        using var here = new TestAuthority("source side");
        using var there = new TestAuthority("destination side");
        await using var stage = await Stage.SetEncryptedAsync(here, there, Shards);
        await RunAsync(stage, here, null, Shards);
    }

    /// <summary>Validates, migrates under writes, cuts over; both sides hold the same then, and only what was there before.</summary>
    private static async Task RunAsync(Stage stage, TestAuthority here, object? sharding, int shards)
    {
        var request = stage.Request();
        var source = (Dictionary<string, object>)request["source"];
        source["ssl"] = true;
        source["caCertificatePath"] = here.AuthorityFile;
        if (sharding is not null)
        {
            request["sharding"] = sharding;
        }

        var validate = $"{stage.Api.LiveMigrations}/validate";
        var validation = await stage.Api.PostAsync(validate, request, HttpStatusCode.OK, "2024-05-30");
        var validated = await stage.Api.UntilAsync(
            $"{validate}/{validation["_id"]}",
            one => (string)one["status"]! != "PENDING"
        );
        ((string)validated["status"]!).ShouldBe("SUCCESS", validated.ToString());
        var made = await stage.Api.PostAsync(stage.Api.LiveMigrations, request, HttpStatusCode.Created, "2024-05-30");
        var id = (string)made["_id"]!;
        using var writing = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var written = stage.WriteAsync(writing.Token);
        await stage.UntilReadyAsync(id);
        // A shard that held nothing when it was looked at says nothing of documents: it is looked at again, within a minute.
        var seen = await stage.Api.UntilAsync(
            $"{stage.Api.Own}/migrations/{id}",
            one =>
                one["progress"]?["shards"]?.AsArray() is { } all
                && all.Count == shards
                && all.All(shard => shard!["documents"] != null)
        );
        seen["progress"]!["shards"]!.AsArray().ShouldAllBe(one => one!["fault"] == null);
        (await stage.TemporaryUsersAsync()).ShouldContain($"godwit-{id}");
        await writing.CancelAsync();
        var count = Stage.Documents + await written;
        await stage.CutOverAsync(id);
        await stage.UntilStatusAsync(id, "COMPLETE");
        await stage.ShouldBeIdenticalAsync(count);
        (await stage.TemporaryUsersAsync()).ShouldBeEmpty();
        var report = await stage.Api.GetAsync($"{stage.Api.Own}/migrations/{id}/report");
        ((string)report["verdict"]!["text"]!).ShouldBe("identical", report.ToString());
        foreach (var cluster in new[] { stage.Source, stage.Destination })
        {
            (await IsBalancingAsync(cluster)).ShouldNotBe(false);
        }
    }

    /// <summary>The shard key of the orders on the destination.</summary>
    private static async Task<BsonValue> KeyThereAsync(Stage stage) =>
        (
            await stage
                .Destination.Client.GetDatabase("config")
                .GetCollection<BsonDocument>("collections")
                .Find(new BsonDocument("_id", Orders))
                .SingleAsync(Cancellation)
        )["key"];

    /// <summary>Whether the balancer is on; <see langword="null"/> for a replica set.</summary>
    private static async Task<bool?> IsBalancingAsync(SandboxProcess cluster)
    {
        var admin = cluster.Client.GetDatabase("admin");
        var hello = await admin.RunCommandAsync<BsonDocument>(new BsonDocument("hello", 1), null, Cancellation);
        if (hello.Contains("setName"))
        {
            return null;
        }

        var status = new BsonDocument("balancerStatus", 1);
        return (await admin.RunCommandAsync<BsonDocument>(status, null, Cancellation))["mode"] != "off";
    }
}
