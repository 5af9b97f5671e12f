using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Godwit.Bson;
using Godwit.Sandbox.Faults;
using Godwit.Sandbox.Replication;
using Godwit.Sandbox.Tests.Replication;
using Godwit.Wire.Client;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Faults;

/// <summary>The faults that members can be made to suffer: docs/sandbox.md.</summary>
public sealed class FaultTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void The_same_seed_strikes_at_the_same_times()
    {
        List<bool> Strikes(int seed)
        {
            var chance = new Chance(0.3, seed);
            return [.. Enumerable.Range(0, 200).Select(_ => chance.Strikes())];
        }

        Strikes(7).ShouldBe(Strikes(7));
        Strikes(7).ShouldNotBe(Strikes(8));
        Strikes(7).Count(strikes => strikes).ShouldBeInRange(30, 90);
    }

    [Fact]
    public async Task A_slow_network_delays_each_message()
    {
        await using var cluster = await ClusterUnderTest.StartAsync();
        await SetAsync(
            cluster,
            "sandboxSlowNetwork",
            new()
            {
                { "member", 0 },
                { "byMS", 150 },
                { "seed", 1 },
            }
        );
        var started = Stopwatch.GetTimestamp();

        await cluster.RunAsync(0, new() { { "ping", 1 } });

        Stopwatch.GetElapsedTime(started).ShouldBeGreaterThan(TimeSpan.FromMilliseconds(300), "there and back");
    }

    [Fact]
    public async Task A_slow_network_between_members_delays_what_one_fetches_from_the_other_and_shows_in_its_ping()
    {
        await using var cluster = await ClusterUnderTest.StartAsync();
        var primary = await cluster.PrimaryAsync();
        var secondary = (primary + 1) % 3;
        await SetAsync(
            cluster,
            "sandboxSlowNetwork",
            new()
            {
                { "member", primary },
                { "from", secondary },
                { "byMS", 150 },
            }
        );
        var started = Stopwatch.GetTimestamp();

        (await cluster.InsertAsync(primary, "a", 3))["n"].ToInt64().ShouldBe(1);

        Stopwatch.GetElapsedTime(started).ShouldBeGreaterThan(TimeSpan.FromMilliseconds(100), "it is fetched late");
        await cluster.UntilAsync(
            () => cluster.Cluster.Running(primary).Replica!.PingMilliseconds(secondary) >= 100,
            "a heartbeat takes no time"
        );
    }

    [Fact]
    public async Task A_slow_disk_delays_each_commit()
    {
        await using var cluster = await ClusterUnderTest.StartAsync();
        var primary = await cluster.PrimaryAsync();
        await SetAsync(
            cluster,
            "sandboxSlowDisk",
            new()
            {
                { "member", primary },
                { "byMS", 200 },
                { "jitterMS", 10 },
            }
        );
        var started = Stopwatch.GetTimestamp();

        (await cluster.InsertAsync(primary, "a", 1))["n"].ToInt64().ShouldBe(1);

        Stopwatch.GetElapsedTime(started).ShouldBeGreaterThan(TimeSpan.FromMilliseconds(200));
    }

    [Fact]
    public async Task A_full_disk_ends_the_member_and_it_comes_back_with_what_it_had_once_there_is_space()
    {
        await using var cluster = await ClusterUnderTest.StartAsync();
        var primary = await cluster.PrimaryAsync();
        await cluster.InsertAsync(primary, "a", "majority");
        await SetAsync(cluster, "sandboxFullDisk", new() { { "member", primary } });
        await Should.ThrowAsync<ConnectionException>(() => cluster.InsertAsync(primary, "lost", 1));

        var next = await cluster.PrimaryAsync(otherThan: primary);
        await cluster.UntilAsync(() => Task.FromResult(cluster.StateOf(primary) == MemberState.Down), "it lives on");
        (await cluster.InsertAsync(next, "b", "majority"))["n"].ToInt64().ShouldBe(1);
        await cluster.FaultAsync(next, "sandboxFullDisk", "off", new() { { "member", primary } });

        await cluster.EveryoneHasAsync("a", "b");
    }

    /// <summary>shutdown_d.cpp.</summary>
    [Fact]
    public async Task Shut_down_a_primary_hands_over_ends_without_an_answer_and_can_be_started_again()
    {
        await using var cluster = await ClusterUnderTest.StartAsync();
        var primary = await cluster.PrimaryAsync();
        await cluster.InsertAsync(primary, "a", 3);

        await Should.ThrowAsync<ConnectionException>(() =>
            cluster.RunAsync(primary, new() { { "shutdown", 1 } }, "admin")
        );

        var next = await cluster.PrimaryAsync(otherThan: primary);
        await cluster.UntilAsync(() => Task.FromResult(cluster.StateOf(primary) == MemberState.Down), "it lives on");
        await cluster.InsertAsync(next, "b", "majority");
        await cluster.FaultAsync(next, "sandboxKill", "off", new() { { "member", primary } });
        await cluster.EveryoneHasAsync("a", "b");
    }

    [Fact]
    public async Task A_primary_that_nobody_can_succeed_is_shut_down_by_force_only()
    {
        await using var cluster = await ClusterUnderTest.StartAsync(
            new() { FirstConfig = ShellText.Document("{members: [{}, {priority: 0}, {priority: 0}]}") }
        );
        var primary = await cluster.PrimaryAsync();

        var refused = await cluster.RunAsync(primary, new() { { "shutdown", 1 }, { "timeoutSecs", 0 } }, "admin");

        refused["code"].ToInt64().ShouldBe(262);
        await Should.ThrowAsync<ConnectionException>(() =>
            cluster.RunAsync(
                primary,
                new()
                {
                    { "shutdown", 1 },
                    { "timeoutSecs", 0 },
                    { "force", true },
                },
                "admin"
            )
        );
        await cluster.UntilAsync(() => Task.FromResult(cluster.StateOf(primary) == MemberState.Down), "it lives on");
    }

    [Fact]
    public async Task Dropped_connections_are_closed_and_new_ones_are_taken()
    {
        await using var cluster = await ClusterUnderTest.StartAsync();
        await using var open = await cluster.ConnectAsync(0);
        await ClusterUnderTest.RunAsync(open, new() { { "ping", 1 } });

        await cluster.FaultAsync(1, "sandboxDropConnections", "alwaysOn", new() { { "member", 0 } });

        await Should.ThrowAsync<ConnectionException>(() => ClusterUnderTest.RunAsync(open, new() { { "ping", 1 } }));
        (await cluster.RunAsync(0, new() { { "ping", 1 } }))["ok"].ToInt64().ShouldBe(1);
    }

    [Fact]
    public async Task Connections_are_dropped_by_chance_until_that_is_turned_off()
    {
        await using var cluster = await ClusterUnderTest.StartAsync();
        var data = new DocumentBuilder
        {
            { "member", 0 },
            { "probability", 1.0 },
            { "seed", 3 },
        };
        await cluster.FaultAsync(1, "sandboxDropConnections", "alwaysOn", data);
        await Should.ThrowAsync<Exception>(() => cluster.RunAsync(0, new() { { "ping", 1 } }));

        await cluster.FaultAsync(1, "sandboxDropConnections", "off", new() { { "member", 0 } });

        (await cluster.RunAsync(0, new() { { "ping", 1 } }))["ok"].ToInt64().ShouldBe(1);
    }

    [Fact]
    public void A_spoilt_reply_differs_in_one_byte_behind_its_header_the_same_one_for_the_same_seed()
    {
        byte[] Spoilt(int seed)
        {
            var frame = new byte[100];
            new TrafficGate(TimeProvider.System) { Spoils = new(1, seed) }.Spoil(frame);
            return frame;
        }

        var spoilt = Spoilt(5);
        spoilt.Count(value => value != 0).ShouldBe(1);
        spoilt[..16].ShouldAllBe(value => value == 0);
        Spoilt(5).ShouldBe(spoilt);
    }

    [Fact]
    public async Task A_clock_that_is_off_shows_in_the_members_time_and_moves_cluster_time_on_everywhere()
    {
        await using var cluster = await ClusterUnderTest.StartAsync();
        var primary = await cluster.PrimaryAsync();
        var hour = (int)TimeSpan.FromHours(1).TotalMilliseconds;
        await SetAsync(cluster, "sandboxClockSkew", new() { { "member", primary }, { "byMS", hour } });

        var hello = await cluster.RunAsync(primary, new() { { "hello", 1 } });
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        hello["localTime"].AsDateTimeMilliseconds.ShouldBeGreaterThan(now + (hour / 2));
        await cluster.InsertAsync(primary, "a", "majority");

        await cluster.EveryoneHasAsync("a");
        var other = await cluster.RunAsync((primary + 1) % 3, new() { { "hello", 1 } });
        other["localTime"].AsDateTimeMilliseconds.ShouldBeLessThan(now + (hour / 2), "only one clock is off");
        other["lastWrite"]
            .AsDocument["opTime"]
            .AsDocument["ts"]
            .AsTimestamp.Seconds.ShouldBeGreaterThan((uint)((now + (hour / 2)) / 1000));
        cluster.StateOf(primary).ShouldBe(MemberState.Primary, "silence is not told by it");
    }

    [Fact]
    public async Task A_member_that_does_not_reach_the_others_falls_behind_while_they_reach_it()
    {
        await using var cluster = await ClusterUnderTest.StartAsync();
        var primary = await cluster.PrimaryAsync();
        var cut = (primary + 1) % 3;
        await SetAsync(
            cluster,
            "sandboxPartition",
            new()
            {
                { "member", cut },
                { "from", primary },
                { "oneWay", true },
            }
        );

        (await cluster.InsertAsync(primary, "a", "majority"))["n"].ToInt64().ShouldBe(1);

        (await cluster.IdsAsync(cut)).ShouldBeEmpty();
        await cluster.FaultAsync(primary, "sandboxPartition", "off", new() { { "member", cut }, { "from", primary } });
        await cluster.EveryoneHasAsync("a");
    }

    [Fact]
    public async Task The_control_port_does_faults_by_line_and_heals_them()
    {
        await using var sandbox = await SandboxCluster.StartAsync(new() { ControlPort = 0 }, Cancellation);
        var port = sandbox.ControlPort!.Value;

        (await AskAsync(port, """{"fault": "list"}""")).ShouldContain("rs0");
        var answer = await AskAsync(port, """{"fault": "slow-disk", "member": 1, "byMS": 5, "seed": 42}""");
        answer.ShouldContain("seed: 42");
        (await AskAsync(port, """{"fault": "kill", "member": 2}""")).ShouldContain("ok: true");
        (await AskAsync(port, """{"fault": "no-such"}""")).ShouldContain("kill, stall");
        (await AskAsync(port, """{"fault": "kill", "set": "other"}""")).ShouldContain("'set' is one of rs0");
        (await AskAsync(port, """{"fault": "kill", "member": 9}""")).ShouldContain("there is no such member");
        (await AskAsync(port, """{"fault": "slow-disk"}""")).ShouldContain("byMS");
        (await AskAsync(port, "no JSON")).ShouldContain("ok: false");

        (await AskAsync(port, """{"fault": "heal"}""")).ShouldContain("ok: true");

        await Testing.Condition.UntilAsync(
            () => Task.FromResult(Lives(sandbox, 2)),
            () => "the dead member was not started",
            TimeSpan.FromSeconds(30),
            Cancellation
        );
    }

    [Fact]
    public async Task The_control_port_of_a_sharded_cluster_knows_every_set_and_the_routers()
    {
        await using var sandbox = await ShardedSandbox.StartAsync(new() { ControlPort = 0 }, Cancellation);
        var port = sandbox.ControlPort!.Value;

        var list = await AskAsync(port, """{"fault": "list"}""");

        list.ShouldContain("cfg");
        list.ShouldContain("s1");
        list.ShouldContain("mongos");
        (await AskAsync(port, """{"fault": "stall", "set": "mongos"}""")).ShouldContain("ok: true");
        (await AskAsync(port, """{"fault": "kill", "set": "mongos"}""")).ShouldContain("cannot be done to mongos");
        (await AskAsync(port, """{"fault": "stall", "set": "mongos", "off": true}""")).ShouldContain("ok: true");
    }

    private static bool Lives(SandboxCluster sandbox, int member)
    {
        try
        {
            _ = sandbox.Running(member);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static async Task SetAsync(ClusterUnderTest cluster, string fault, DocumentBuilder data)
    {
        var reply = await cluster.FaultAsync(0, fault, "alwaysOn", data);
        reply["ok"].ToInt64().ShouldBe(1, reply.ToString());
    }

    private static async Task<string> AskAsync(int port, string line)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, Cancellation);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"), Cancellation);
        using var reader = new StreamReader(stream);
        return (await reader.ReadLineAsync(Cancellation))!;
    }
}
