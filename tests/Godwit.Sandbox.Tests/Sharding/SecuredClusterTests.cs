using Godwit.Wire.Client;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Sharding;

/// <summary>
/// Users of a sharded cluster: a router asks the config servers for them (authz_manager_external_state_s.cpp); each shard keeps its own.
/// </summary>
public sealed class SecuredClusterTests
{
    private const int Unauthorized = 13;
    private static readonly SandboxCredential Root = new("root", "x");

    [Fact]
    public async Task Users_made_through_a_router_log_in_through_every_router_and_not_on_a_shard()
    {
        await using var cluster = await StartAsync(routers: 2);
        await cluster.ExpectAsync("admin", "{createUser: 'app', pwd: 'x', roles: ['readWriteAnyDatabase']}");

        await using (var other = await ShardedUnderTest.ConnectAsync(cluster.Cluster.RouterPorts[1], "app"))
        {
            var reply = await ShardedUnderTest.RunAsync(
                other,
                "t",
                ShellText.Command("{insert: 'c', documents: [{_id: 1}]}")
            );
            reply["ok"].ToInt64().ShouldBe(1, reply.ToString());
        }

        await Should.ThrowAsync<HandshakeException>(() =>
            ShardedUnderTest.ConnectAsync(PrimaryOf(cluster.Cluster.Shards[0]), "app")
        );
        await using var config = await ShardedUnderTest.ConnectAsync(PrimaryOf(cluster.Cluster.Config), "app");
    }

    [Fact]
    public async Task A_router_refuses_who_has_not_logged_in_and_who_has_a_wrong_password()
    {
        await using var cluster = await StartAsync();
        await using var nobody = await ShardedUnderTest.ConnectAsync(cluster.Cluster.RouterPorts[0], null);

        var refused = await ShardedUnderTest.RunAsync(nobody, "t", ShellText.Command("{find: 'c'}"));

        refused["code"].ToInt64().ShouldBe(Unauthorized);
        await Should.ThrowAsync<HandshakeException>(() =>
            ShardedUnderTest.ConnectAsync(cluster.Cluster.RouterPorts[0], Root.User, "wrong")
        );
    }

    [Theory]
    [InlineData("clusterManager", "{shardCollection: 't.c', key: {k: 1}}", true)]
    [InlineData("clusterManager", "{moveChunk: 't.c', find: {k: 1}, to: 's0'}", true)]
    [InlineData("clusterManager", "{balancerStop: 1}", true)]
    [InlineData("clusterManager", "{addShardToZone: 's0', zone: 'z'}", true)]
    [InlineData("clusterManager", "{listShards: 1}", true)]
    [InlineData("clusterMonitor", "{listShards: 1}", true)]
    [InlineData("clusterMonitor", "{balancerStatus: 1}", true)]
    [InlineData("clusterMonitor", "{balancerStop: 1}", false)]
    [InlineData("clusterMonitor", "{shardCollection: 't.c', key: {k: 1}}", false)]
    [InlineData("readWriteAnyDatabase", "{shardCollection: 't.c', key: {k: 1}}", false)]
    [InlineData("readWriteAnyDatabase", "{moveChunk: 't.c', find: {k: 1}, to: 's0'}", false)]
    [InlineData("readWriteAnyDatabase", "{listShards: 1}", false)]
    [InlineData("enableSharding", "{enableSharding: 'admin'}", true)]
    public async Task A_role_allows_the_commands_of_the_cluster_that_it_says(
        string role,
        string command,
        bool isAllowed
    )
    {
        await using var cluster = await StartAsync();
        await cluster.ExpectAsync("admin", $"{{createUser: 'u', pwd: 'x', roles: ['{role}']}}");
        await using var connection = await ShardedUnderTest.ConnectAsync(cluster.Cluster.RouterPorts[0], "u");

        var reply = await ShardedUnderTest.RunAsync(connection, "admin", ShellText.Command(command));

        (reply["code"].ToInt64() != Unauthorized).ShouldBe(isAllowed, reply.ToString());
    }

    /// <summary>direct_connection_util.cpp: from 8.0 on, as soon as there are two shards.</summary>
    [Theory]
    [InlineData("readWriteAnyDatabase", "8.0", false)]
    [InlineData("readWriteAnyDatabase", "7.0", true)]
    [InlineData("directShardOperations", "8.0", true)]
    public async Task Users_of_a_shard_work_on_its_data_only_where_a_role_allows_direct_operations(
        string role,
        string version,
        bool isAllowed
    )
    {
        await using var cluster = await StartAsync(version: version);
        var made = await cluster.RunOnShardAsync(
            0,
            "admin",
            $"{{createUser: 'u', pwd: 'x', roles: ['readWriteAnyDatabase', '{role}']}}"
        );
        made["ok"].ToInt64().ShouldBe(1, made.ToString());
        await using var direct = await ShardedUnderTest.ConnectAsync(PrimaryOf(cluster.Cluster.Shards[0]), "u");

        var reply = await ShardedUnderTest.RunAsync(direct, "t", ShellText.Command("{find: 'c'}"));

        (reply["code"].ToInt64() != Unauthorized).ShouldBe(isAllowed, reply.ToString());
        var ping = await ShardedUnderTest.RunAsync(direct, "t", ShellText.Command("{ping: 1}"));
        ping["ok"].ToInt64().ShouldBe(1);
    }

    [Fact]
    public async Task A_router_lets_nobody_in_while_it_reaches_no_config_server()
    {
        await using var cluster = await StartAsync();
        await cluster.Cluster.Config.KillAsync(0, TestContext.Current.CancellationToken);

        await Should.ThrowAsync<HandshakeException>(() => cluster.ConnectAsync());

        await cluster.Cluster.Config.RestartAsync(0, TestContext.Current.CancellationToken);
        await cluster.Cluster.Config.WaitForPrimaryAsync(TestContext.Current.CancellationToken);
        await cluster.ExpectAsync("admin", "{listShards: 1}");
    }

    private static Task<ShardedUnderTest> StartAsync(int routers = 1, string version = "8.0") =>
        ShardedUnderTest.StartAsync(
            new ShardedOptions
            {
                Credential = Root,
                Routers = routers,
                MongoVersion = version,
            }
        );

    private static int PrimaryOf(SandboxCluster set) => set.Ports[set.PrimaryIndex];
}
