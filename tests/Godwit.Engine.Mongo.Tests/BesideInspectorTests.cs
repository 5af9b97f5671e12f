using Godwit.Bson;
using Godwit.Engine.Mongo.Inspection;
using Godwit.Engine.Preflight;
using Godwit.Sandbox;
using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Mongo.Tests;

/// <summary>What preflight learns of what is beside collections, from real answers of servers and from none.</summary>
[Requirement("C11")]
public sealed class BesideInspectorTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_without_search_has_no_search_indexes_and_one_that_knows_no_query_settings_tells_none()
    {
        await using var set = await StartedCluster.StartAsync(isSharded: false, "rs0", Token);
        using var client = new MongoClient(set.ConnectionString);
        await RunAsync(client, "shop", "{create: 'orders'}");
        await RunAsync(
            client,
            "shop",
            "{create: 'patients', encryptedFields: {fields: [{path: 'name', bsonType: 'string', keyId: UUID('11111111-1111-1111-1111-111111111111')}]}}"
        );

        var facts = await ClusterInspector.InspectAsync(set.ConnectionString, TimeProvider.System, Token);

        facts.Fault.ShouldBeNull();
        facts.SearchIndexed.ShouldNotBeNull().ShouldBeEmpty();
        facts.QuerySettings.ShouldBeNull();
        facts.UnevenIndexes.ShouldBeEmpty();
        facts.Namespaces.Where(one => one.IsEncrypted).Select(one => one.Name.ToString()).ShouldBe(["shop.patients"]);
    }

    [Fact]
    [Requirement("C12")]
    public async Task An_index_that_one_shard_lacks_is_found()
    {
        await using var cluster = await ShardedSandbox.StartAsync(new(), Token);
        using var client = new MongoClient(cluster.ConnectionString);
        await RunAsync(client, "admin", "{shardCollection: 'shop.orders', key: {_id: 'hashed'}}");
        await RunAsync(
            client,
            "shop",
            "{createIndexes: 'orders', indexes: [{key: {a: 1}, name: 'a_1'}, {key: {b: 1}, name: 'b_1'}]}"
        );
        (await InspectAsync()).UnevenIndexes.ShouldBeEmpty();

        var shard = cluster.Shards[1];
        using var direct = new MongoClient(
            $"mongodb://127.0.0.1:{shard.Ports[shard.PrimaryIndex]}/?directConnection=true"
        );
        await RunAsync(direct, "shop", "{dropIndexes: 'orders', index: 'a_1'}");

        (await InspectAsync()).UnevenIndexes.ShouldBe(["a_1 of shop.orders"]);

        Task<ClusterFacts> InspectAsync() =>
            ClusterInspector.InspectAsync(cluster.ConnectionString, TimeProvider.System, Token);
    }

    /// <summary>As servers with search, and with query settings, answer.</summary>
    [Fact]
    public async Task Search_indexes_and_query_settings_are_found_where_the_server_tells_of_them()
    {
        await using var cluster = new ScriptedCluster(command =>
            command["pipeline"] is { Type: Godwit.Bson.BsonType.Array } pipeline
                ? ScriptedCluster.Cursor(
                    "shop.any",
                    0,
                    "firstBatch",
                    Answer(command["aggregate"], pipeline.AsDocument.First().Value)
                )
                : ScriptedCluster.Ok()
        );
        using var client = new MongoClient(cluster.Address.DriverSettings);
        var facts = new ClusterFacts
        {
            Address = "",
            Namespaces =
            [
                .. new[] { "orders", "users" }.Select(one => new NamespaceFacts(
                    new("shop", one),
                    "collection",
                    1,
                    1,
                    1
                )),
            ],
        };

        facts = await new BesideInspector(new(client)).AddAsync(facts, Token);

        facts.SearchIndexed.ShouldBe([new Namespace("shop", "users")]);
        facts.QuerySettings.ShouldBe(2);

        static RawDocument[] Answer(RawValue collection, RawValue stage) =>
            stage.AsDocument.Has("$querySettings")
                ?
                [
                    new DocumentBuilder { { "queryShapeHash", "A" } }.Build(),
                    new DocumentBuilder { { "queryShapeHash", "B" } }.Build(),
                ]
            : collection == "users" ? [new DocumentBuilder { { "name", "default" } }.Build()]
            : [];
    }

    private static Task<BsonDocument> RunAsync(MongoClient client, string database, string command) =>
        client.GetDatabase(database).RunCommandAsync<BsonDocument>(command, null, Token);
}
