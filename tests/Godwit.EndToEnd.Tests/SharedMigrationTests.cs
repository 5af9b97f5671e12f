using System.Text.RegularExpressions;
using Godwit.EndToEnd.Tests.Harness;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.EndToEnd.Tests;

/// <summary>Several hosts share one migration: they copy for the one that leads, and any of them may die at any time.</summary>
public sealed class SharedMigrationTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("H08")]
    [Requirement("S5")]
    [Requirement("S10")]
    public async Task Hosts_copy_and_apply_for_the_one_that_leads_and_all_of_them_end_with_it()
    {
        await using var redis = await RedisServer.StartAsync(Cancellation);
        await using var rig = await Rig.StartAsync(Rig.OneMember);
        await new StillData(rig).FillAsync();
        await using var workload = await rig.WriteAsync("mixed", 11);
        await using var hosts = new Hosts(rig, redis.Address);
        // Hardly anything may be read before all of them are there.
        var first = hosts.Start("one", "--documents-per-second", "50", "--change-streams", "3");
        await hosts.LeaderAsync();
        var others = new[] { hosts.Start("two"), hosts.Start("three") };
        await hosts.UntilAllTakePartAsync();
        await hosts.LiftLimitsAsync();
        await first.ReachAsync("inSync");
        await workload.StopAsync();
        await first.AskForCutoverAsync();
        foreach (var host in others.Append(first))
        {
            (await host.ExitAsync()).ShouldBe(0, host.Program.Describe());
            host.Program.Errors.ShouldContain("source and destination are identical");
        }

        others.ShouldContain(host => host.Program.Errors.Contains(" has moved ", StringComparison.Ordinal));
        others.ShouldContain(
            host => Regex.IsMatch(host.Program.Errors, "and written [1-9][0-9]* changes"),
            string.Join('\n', others.Select(host => host.Program.Describe()))
        );
        await rig.ShouldBeIdenticalAsync();
    }

    [Theory]
    [InlineData(500)]
    [Requirement("H08")]
    [Requirement("S17")]
    public Task Killed_hosts_and_leaders_are_replaced_by_others_and_nothing_is_lost(int seed) =>
        KillAsync(seed, streams: 3);

    [Theory]
    [Trait("Set", "Long")]
    [InlineData(501, 1)]
    [InlineData(502, 1)]
    [InlineData(503, 3)]
    [InlineData(504, 5)]
    [Requirement("H08")]
    [Requirement("S17")]
    public Task Killed_hosts_and_leaders_at_many_instants_are_replaced_by_others(int seed, int streams) =>
        KillAsync(seed, streams);

    [Fact]
    [Trait("Set", "Long")]
    [Requirement("H08")]
    [Requirement("S17")]
    public Task A_leader_that_stood_still_has_been_replaced_when_it_wakes_and_changes_nothing_any_more() =>
        SuspendLeaderAsync(isOtherThere: true);

    /// <summary>Nobody is left who could declare the leader dead.</summary>
    [Fact]
    [Trait("Set", "Long")]
    [Requirement("H08")]
    [Requirement("S17")]
    public Task A_leader_that_stands_still_alone_is_replaced_by_a_host_that_comes() =>
        SuspendLeaderAsync(isOtherThere: false);

    [Theory]
    [InlineData(600, "copying")]
    [Requirement("H08")]
    [Requirement("S17")]
    public Task Hosts_that_are_cut_off_from_each_other_do_not_both_go_on(int seed, string phase) =>
        PartAsync(seed, phase);

    [Theory]
    [Trait("Set", "Long")]
    [InlineData(601, "copying")]
    [InlineData(602, "applying")]
    [InlineData(603, "inSync")]
    [InlineData(604, "inSync")]
    [Requirement("H08")]
    [Requirement("S17")]
    public Task Hosts_that_are_cut_off_from_each_other_at_many_instants_do_not_both_go_on(int seed, string phase) =>
        PartAsync(seed, phase);

    [Fact]
    [Requirement("H08")]
    public async Task A_host_that_was_told_otherwise_is_refused_and_says_why()
    {
        await using var redis = await RedisServer.StartAsync(Cancellation);
        await using var rig = await Rig.StartAsync(Rig.OneMember);
        await using var hosts = new Hosts(rig, redis.Address);
        _ = hosts.Start("one");
        await hosts.LeaderAsync();
        var other = hosts.Start("two", "--zones");
        (await other.ExitAsync()).ShouldBe(4, other.Program.Describe());
        other.Program.Errors.ShouldContain("two was told to migrate otherwise than the leader one");
    }

    [Fact]
    [Requirement("H08")]
    public async Task Without_the_place_where_hosts_find_each_other_it_says_so_and_changes_nothing()
    {
        await using var rig = await Rig.StartAsync(Rig.OneMember);
        await using var hosts = new Hosts(rig, "redis://127.0.0.1:9");
        var host = hosts.Start("one");
        (await host.ExitAsync()).ShouldBe(4, host.Program.Describe());
        host.Program.Errors.ShouldContain("The place where hosts find each other cannot be used");
    }

    [Fact]
    [Requirement("H08")]
    public async Task Hosts_find_each_other_by_postgresql_as_well()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var rig = await Rig.StartAsync(Rig.OneMember);
        await using var hosts = new Hosts(rig, postgres.Uri);
        _ = hosts.Start("one");
        _ = hosts.Start("two");
        await hosts.UntilAllTakePartAsync();
        await hosts.KillAsync(await hosts.LeaderAsync());
        var last = await hosts.LeaderAsync();
        await last.AskForCutoverAsync();
        (await last.ExitAsync()).ShouldBe(0, last.Program.Describe());
    }

    [Fact]
    [Requirement("H08")]
    public async Task Hosts_with_certificates_of_one_authority_let_nobody_else_in()
    {
        using var authority = new TestAuthority("hosts");
        using var other = new TestAuthority("others");
        await using var redis = await RedisServer.StartAsync(Cancellation);
        await using var rig = await Rig.StartAsync(Rig.OneMember);
        await using var hosts = new Hosts(rig, redis.Address);
        _ = hosts.Start("one", Certificates(authority));
        _ = hosts.Start("two", Certificates(authority));
        await hosts.UntilAllTakePartAsync();

        foreach (var foreign in new[] { hosts.Start("three", Certificates(other)), hosts.Start("four") })
        {
            (await foreign.ExitAsync()).ShouldBe(4, foreign.Program.Describe());
            foreign.Program.Errors.ShouldContain("they do not let it in");
        }

        static string[] Certificates(TestAuthority of) =>
            ["--host-certificate", of.CertificateFile, "--host-authority", of.AuthorityFile];
    }

    private static async Task SuspendLeaderAsync(bool isOtherThere)
    {
        await using var redis = await RedisServer.StartAsync(Cancellation);
        await using var rig = await Rig.StartAsync(Rig.OneMember);
        await new StillData(rig).FillAsync();
        await using var workload = await rig.WriteAsync("mixed", 12);
        await using var hosts = new Hosts(rig, redis.Address);
        _ = hosts.Start("one");
        var former = await hosts.LeaderAsync();
        _ = hosts.Start("two");
        if (isOtherThere)
        {
            await hosts.UntilAllTakePartAsync();
            former = await hosts.LeaderAsync();
        }

        await former.Program.SignalAsync("STOP");
        var next = await hosts.LeaderAsync(not: former);
        await next.ReachAsync("inSync");
        await former.Program.SignalAsync("CONT");
        await workload.StopAsync();
        await next.AskForCutoverAsync();
        (await next.ExitAsync()).ShouldBe(0, next.Program.Describe());
        (await former.ExitAsync()).ShouldBe(5, former.Program.Describe());
        former.Program.Errors.ShouldContain(
            "The other hosts have taken this one for dead",
            customMessage: former.Program.Describe()
        );
        await rig.ShouldBeIdenticalAsync();
    }

    /// <summary>
    /// Two hosts lose each other, but neither the clusters nor the place where hosts find each other: each takes the other for dead. Whichever
    /// says so first there goes on, and the other ends.
    /// </summary>
    private static async Task PartAsync(int seed, string phase)
    {
        var random = new Random(seed);
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}, {phase}");
        await using var redis = await RedisServer.StartAsync(Cancellation);
        await using var rig = await Rig.StartAsync(Rig.OneMember);
        await new StillData(rig).FillAsync();
        await using var workload = await rig.WriteAsync("mixed", seed);
        var ports = LoopbackPorts.Free(2);
        await using var toOne = new CutLink(ports[0]);
        await using var toTwo = new CutLink(ports[1]);
        await using var hosts = new Hosts(rig, redis.Address);
        _ = hosts.StartBehind("one", toOne, ports[0]);
        _ = hosts.StartBehind("two", toTwo, ports[1]);
        await hosts.UntilAllTakePartAsync();
        await (await hosts.LeaderAsync()).ReachAsync(phase);
        // The instant of the cut, which the seed chooses.
        await Task.Delay(random.Next(0, 500), Cancellation);
        toOne.Cut();
        toTwo.Cut();
        var ended = await hosts.EndedAsync();
        (await ended.ExitAsync()).ShouldBe(5, ended.Program.Describe());
        ended.Program.Errors.ShouldContain("The other hosts have taken this one for dead");

        var left = await hosts.LeaderAsync();
        toOne.Heal();
        toTwo.Heal();
        await left.ReachAsync("inSync");
        await workload.StopAsync();
        await left.AskForCutoverAsync();
        (await left.ExitAsync()).ShouldBe(0, left.Program.Describe());
        await rig.ShouldBeIdenticalAsync();
    }

    /// <summary>In each phase a random host dies at a random instant, and another one comes; those that are left carry the change streams.</summary>
    private static async Task KillAsync(int seed, int streams)
    {
        var random = new Random(seed);
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        await using var redis = await RedisServer.StartAsync(Cancellation);
        await using var rig = await Rig.StartAsync(Rig.OneMember);
        await new StillData(rig).FillAsync();
        await using var workload = await rig.WriteAsync("mixed", seed);
        await using var hosts = new Hosts(rig, redis.Address);
        string[] shared = ["--change-streams", $"{streams}"];
        _ = hosts.Start("one", shared);
        _ = hosts.Start("two", shared);
        _ = hosts.Start("three", shared);
        foreach (var phase in new[] { "copying", "applying", "inSync" })
        {
            var leader = await hosts.LeaderAsync();
            await leader.ReachAsync(phase);
            // The instant of the kill, which the seed chooses.
            await Task.Delay(random.Next(0, 700), Cancellation);
            var dies = phase == "applying" ? hosts.Others(leader)[random.Next(2)] : leader;
            await hosts.KillAsync(dies);
            _ = hosts.Start($"after {phase}", shared);
        }

        var last = await hosts.LeaderAsync();
        await last.ReachAsync("inSync");
        await workload.StopAsync();
        await last.AskForCutoverAsync();
        (await last.ExitAsync()).ShouldBe(0, last.Program.Describe());
        await rig.ShouldBeIdenticalAsync();
    }
}
