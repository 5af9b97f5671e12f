using Godwit.Bson;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Sharding;

/// <summary>What a cluster's data folder keeps from one life to the next, and what is there from the beginning.</summary>
public sealed class ClusterLifeTests : IDisposable
{
    private static readonly SandboxCredential Root = new("root", "x");
    private readonly string folder = Directory.CreateTempSubdirectory("godwit-cluster-").FullName;

    [Fact]
    public async Task A_cluster_started_again_on_its_folder_has_documents_chunks_and_users_and_goes_on()
    {
        var options = new ShardedOptions { DataDirectory = Path.Combine(folder, "data"), Credential = Root };
        RawValue id;
        await using (var cluster = await ShardedUnderTest.StartSplitAsync(options))
        {
            await cluster.ExpectAsync("t", "{insert: 'c', documents: [{_id: 1, k: 1}, {_id: 2, k: 150}]}");
            await cluster.ExpectAsync("admin", "{createUser: 'app', pwd: 'x', roles: ['readWriteAnyDatabase']}");
            id = (await cluster.ReadAsync("config", "{find: 'version'}"))[0]["clusterId"];
        }

        await using var again = await ShardedUnderTest.StartAsync(options);

        (await again.ReadAsync("config", "{find: 'version'}"))[0]["clusterId"].ShouldBe(id);
        (await again.ReadAsync("t", "{find: 'c', sort: {_id: 1}}"))
            .Select(document => document["k"].ToInt64())
            .ShouldBe([1, 150]);
        await using var app = await ShardedUnderTest.ConnectAsync(again.Cluster.RouterPorts[0], "app");
        var write = ShellText.Command("{update: 'c', updates: [{q: {k: 150}, u: {$set: {n: 1}}}]}");
        (await ShardedUnderTest.RunAsync(app, "t", write))["nModified"].ToInt64().ShouldBe(1);
        await again.ExpectAsync("admin", "{moveChunk: 't.c', find: {k: 150}, to: 's0', _waitForDelete: true}");
        var shards = await again.ExpectAsync("admin", "{listShards: 1}");
        shards["shards"]
            .AsDocument.Values()
            .Select(shard => shard.AsDocument["host"].AsString)
            .ShouldBe(again.Cluster.Shards.Select((set, i) => $"s{i}/127.0.0.1:{set.Ports[0]}"));
    }

    [Fact]
    public async Task A_dump_is_restored_through_a_router_once()
    {
        var dump = Path.Combine(folder, "dump", "shop");
        Directory.CreateDirectory(dump);
        await File.WriteAllTextAsync(
            Path.Combine(dump, "items.metadata.json"),
            """
            {"options": {}, "indexes": [{"v": 2, "key": {"_id": 1}, "name": "_id_"}, {"v": 2, "key": {"n": 1}, "name": "n_1"}], "collectionName": "items"}
            """,
            TestContext.Current.CancellationToken
        );
        var documents = Enumerable
            .Range(0, 5)
            .SelectMany(i => ShellText.Document($"{{_id: {i}, n: {i}}}").Bytes.ToArray());
        await File.WriteAllBytesAsync(
            Path.Combine(dump, "items.bson"),
            [.. documents],
            TestContext.Current.CancellationToken
        );
        var options = new ShardedOptions
        {
            RestoreDirectory = Path.Combine(folder, "dump"),
            DataDirectory = Path.Combine(folder, "data"),
        };
        await using (var cluster = await ShardedUnderTest.StartAsync(options))
        {
            (await cluster.ReadAsync("shop", "{find: 'items'}")).Count.ShouldBe(5);
            (await cluster.ReadAsync("shop", "{listIndexes: 'items'}"))
                .Select(index => index["name"].AsString)
                .ShouldBe(["_id_", "n_1"]);
            await cluster.ExpectAsync("shop", "{delete: 'items', deletes: [{q: {_id: 0}, limit: 1}]}");
        }

        await using var again = await ShardedUnderTest.StartAsync(options);
        (await again.ReadAsync("shop", "{find: 'items'}")).Count.ShouldBe(4, "what is there is left alone");
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
