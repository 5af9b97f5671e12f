using Godwit.Simulation;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests;

/// <summary>The simulation of many hosts (docs/scale.md) obeys laws that need no simulation.</summary>
public sealed class SimulationTests
{
    private const double Terabyte = 1e12;

    private static readonly UnitCosts Costs = new()
    {
        CopyPerGigabyte = 0.8,
        VerifyPerGigabyte = 0.7,
        ApplyChange = 3e-6,
        ChangesMost = 470_000,
        RouteChange = 1e-6,
        StubChange = 1.2e-6,
        KeepChange = 0.5e-6,
        OpenRange = 1e-6,
        Order = 2e-5,
        Note = 5e-6,
        SaveRange = 2e-6,
        SavedRangeBytes = 250,
        RangeMemory = 500,
    };

    /// <summary>Nobody dies, so that nothing is done twice.</summary>
    private static readonly Assumptions Immortal = new() { HostLives = double.MaxValue };

    [Fact]
    public void The_same_seed_gives_the_same_figures_and_another_one_others()
    {
        var scenario = new Scenario(Terabyte, 16, 10, Costs) { Given = new() { HostLives = 3_600 } };
        var once = Simulated.Of(scenario);
        var again = Simulated.Of(scenario);
        again.Copy.ShouldBe(once.Copy);
        again.VerifyShared.ShouldBe(once.VerifyShared);
        Simulated.Of(scenario with { Seed = 2 }).Copy.ShouldNotBe(once.Copy);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 10)]
    [InlineData(64, 50)]
    public void Every_byte_is_moved_once_and_hosts_that_die_only_add_to_it(int hosts, int shards)
    {
        var scenario = new Scenario(Terabyte, hosts, shards, Costs) { Given = new() { HostLives = 7_200 } };
        var copy = Simulated.Of(scenario).Copy;
        copy.Bytes.ShouldBe(Terabyte, Terabyte * 1e-9);
        (copy.Repeated > 0).ShouldBe(copy.Deaths > 0 || copy.Expired > 0);
    }

    [Fact]
    public void One_host_is_as_fast_as_its_network_where_the_clusters_are_faster()
    {
        var scenario = new Scenario(Terabyte, 1, 200, Costs) { Given = Immortal };
        var least = Terabyte / Immortal.HostNetwork;
        Simulated.Of(scenario).Copy.Seconds.ShouldBeInRange(least, least * 1.05);
    }

    [Fact]
    public void One_shard_is_as_fast_as_it_takes_writes_however_many_hosts_there_are()
    {
        var least = Terabyte / Immortal.ShardWrite;
        foreach (var hosts in new[] { 1, 4, 64 })
        {
            var copy = Simulated.Of(new(Terabyte, hosts, 1, Costs) { Given = Immortal }).Copy;
            copy.Seconds.ShouldBeInRange(least, least * 1.05, $"{hosts} hosts");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(200)]
    public void Twice_the_hosts_are_never_slower(int shards)
    {
        var before = double.MaxValue;
        foreach (var hosts in new[] { 1, 2, 4, 8, 16, 32, 64 })
        {
            var seconds = Simulated.Of(new(Terabyte, hosts, shards, Costs) { Given = Immortal }).Copy.Seconds;
            seconds.ShouldBeLessThanOrEqualTo(before * 1.02, $"{hosts} hosts");
            before = seconds;
        }
    }

    [Fact]
    public void Snapshots_are_gone_where_ranges_are_too_large_for_what_reads_them()
    {
        var scenario = new Scenario(100 * Terabyte, 64, 1, Costs) { Given = Immortal };
        Simulated.Of(scenario).Copy.Expired.ShouldBeGreaterThan(0);
        var small = scenario with { Bytes = Terabyte, Hosts = 1 };
        Simulated.Of(small).Copy.Expired.ShouldBe(0);
    }

    [Fact]
    public void One_host_applies_as_many_changes_as_it_was_measured_to()
    {
        var alone = Changes(hosts: 1);
        alone.Most.ShouldBe(Costs.ChangesMost, 1e-3);
        alone.LeaderCost.ShouldBe(Costs.ApplyChange, 1e-12);
        alone.OtherCost.ShouldBe(0);
    }

    [Fact]
    public void More_hosts_apply_more_changes_up_to_what_the_leader_can_route()
    {
        var before = 0.0;
        foreach (var hosts in new[] { 1, 2, 3, 4, 8, 16, 32, 64 })
        {
            var shared = Changes(hosts);
            shared.Most.ShouldBeGreaterThanOrEqualTo(before, $"{hosts} hosts");
            shared.Most.ShouldBeLessThanOrEqualTo(hosts * Costs.ChangesMost * 1.000_001, $"{hosts} hosts");
            // What is left of each passes the leader, but for its own stream.
            (shared.Most * (1 - shared.OwnShare) * Costs.StubChange).ShouldBeLessThan(1, $"{hosts} hosts");
            before = shared.Most;
        }
    }

    [Fact]
    public void One_change_stream_is_the_leaders_however_many_hosts_there_are()
    {
        foreach (var hosts in new[] { 1, 4, 64 })
        {
            Changes(hosts, streams: 1).Most.ShouldBe(Costs.ChangesMost, 1e-3, $"{hosts} hosts");
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(64)]
    public void Sharing_changes_costs_all_hosts_together_what_is_kept_and_routed_twice_and_no_more(int hosts)
    {
        var shared = Changes(hosts);
        var all = shared.LeaderCost + ((shared.Carriers - 1) * shared.OtherCost);
        all.ShouldBe(Costs.ApplyChange + ((1 - shared.OwnShare) * (Costs.StubChange + Costs.KeepChange)), 1e-12);
    }

    private static SharedChanges Changes(int hosts, int streams = 16) =>
        new(new(Terabyte, hosts, 10, Costs) { Given = Immortal with { Streams = streams } });

    [Theory]
    [InlineData(10, 100_000)]
    [InlineData(1_000, 1_000_000)]
    public void The_number_of_ranges_and_of_sampled_keys_is_bounded(double terabytes, double most)
    {
        var ranges = Design.Now.Ranges(terabytes * Terabyte);
        ((double)ranges).ShouldBeLessThanOrEqualTo(most);
        ((double)ranges * Design.Now.Samples(ranges)).ShouldBeLessThanOrEqualTo(1_000_000);
    }
}
