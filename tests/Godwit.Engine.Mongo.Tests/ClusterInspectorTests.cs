using Godwit.Engine.Mongo.Inspection;
using Godwit.Sandbox;
using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Mongo.Tests;

/// <summary>What preflight learns of a cluster by asking it.</summary>
public sealed class ClusterInspectorTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact, Requirement("C14")]
    public async Task Users_that_pass_a_write_block_are_found_by_their_own_and_by_inherited_roles()
    {
        await using var set = await StartGuardedAsync();
        var address = set.ConnectionString;
        using var client = new MongoClient(address);
        await RunAsync(
            client,
            "admin",
            "{createRole: 'passing', roles: [], privileges: [{resource: {cluster: true}, actions: ['bypassWriteBlockingMode']}]}"
        );
        await RunAsync(client, "admin", "{createRole: 'operator', roles: ['passing'], privileges: []}");
        await RunAsync(client, "admin", "{createUser: 'restorer', pwd: 'x', roles: ['restore']}");
        await RunAsync(client, "shop", "{createUser: 'heir', pwd: 'x', roles: [{role: 'operator', db: 'admin'}]}");
        await RunAsync(client, "shop", "{createUser: 'app', pwd: 'x', roles: ['readWrite']}");

        var facts = await ClusterInspector.InspectAsync(address, TimeProvider.System, Token);

        facts.Fault.ShouldBeNull();
        facts.UsersPassingBlock.ShouldBe(["heir@shop", "restorer@admin", "root@admin"]);
    }

    [Fact, Requirement("C14")]
    public async Task Where_the_user_may_not_look_at_users_nothing_is_claimed_of_them()
    {
        await using var set = await StartGuardedAsync();
        var address = set.ConnectionString;
        using var client = new MongoClient(address);
        await RunAsync(
            client,
            "admin",
            "{createUser: 'mover', pwd: 'x', roles: ['backup', 'readAnyDatabase', 'clusterMonitor']}"
        );

        var facts = await ClusterInspector.InspectAsync(
            address.Replace("root:secret", "mover:x", StringComparison.Ordinal),
            TimeProvider.System,
            Token
        );

        facts.User.ShouldBe("mover@admin");
        facts.UsersPassingBlock.ShouldBeNull();
    }

    [Fact, Requirement("C12")]
    public async Task Collections_with_jumbo_chunks_are_found()
    {
        await using var cluster = await ShardedSandbox.StartAsync(new(), Token);
        using var client = new MongoClient(cluster.ConnectionString);
        await RunAsync(client, "admin", "{shardCollection: 'shop.orders', key: {k: 1}}");
        var config = client.GetDatabase("config");
        var orders = await config
            .GetCollection<BsonDocument>("collections")
            .Find(new BsonDocument("_id", "shop.orders"))
            .SingleAsync(Token);
        _ = await config
            .GetCollection<BsonDocument>("chunks")
            .UpdateOneAsync(
                new BsonDocument("uuid", orders["uuid"]),
                new BsonDocument("$set", new BsonDocument("jumbo", true)),
                cancellationToken: Token
            );

        var facts = await ClusterInspector.InspectAsync(cluster.ConnectionString, TimeProvider.System, Token);

        facts.JumboCollections.Select(name => name.ToString()).ShouldBe(["shop.orders"]);
    }

    private static Task<SandboxCluster> StartGuardedAsync() =>
        SandboxCluster.StartAsync(new() { Members = 1, Credential = new("root", "secret") }, Token);

    private static Task RunAsync(MongoClient client, string database, string command) =>
        client
            .GetDatabase(database)
            .RunCommandAsync<BsonDocument>(BsonDocument.Parse(command), cancellationToken: Token);
}
