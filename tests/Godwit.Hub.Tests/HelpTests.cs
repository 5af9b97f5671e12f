using Godwit.Contracts;
using Godwit.Contracts.Agents;
using Godwit.Hub.Tests.Harness;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Hub.Tests;

/// <summary>Which hosts are told to help with a migration of another one, and whom they let in.</summary>
public sealed class HelpTests : IAsyncLifetime
{
    private const string Second = "vm002.example.com";
    private const string Place = "redis://cache.example.com";
    private TestMigration stage = null!;
    private SecondHost second = null!;

    public async ValueTask InitializeAsync()
    {
        stage = await TestMigration.StartAsync(missesHosts: true);
        second = await stage.JoinAsync(Second);
    }

    public ValueTask DisposeAsync() => stage.DisposeAsync();

    [Fact]
    [Requirement("H08")]
    public async Task A_standby_host_that_shares_by_the_same_place_helps_for_as_long_as_the_migration_goes()
    {
        stage.Places[TestMigration.HostName] = stage.Places[Second] = Place;
        var id = await stage.CreateWithStandbyAsync(Second);
        await stage.ReportAsync(id, MigrationActivity.Running, "COPYING");
        (await stage.OrderAsync(id))!.IsShared.ShouldBeTrue();
        (await second.ExchangeAsync()).Helps!.ShouldHaveSingleItem().Id.ShouldBe(id);

        (await stage.ActAsync(id, "pause")).ShouldBeNull();
        (await second.ExchangeAsync()).Helps.ShouldBe([]);
        await stage.ReportAsync(id, MigrationActivity.Paused);
        (await stage.ActAsync(id, "resume")).ShouldBeNull();
        (await second.ExchangeAsync()).Helps!.Count.ShouldBe(1);
        (await stage.ActAsync(id, "cancel")).ShouldBeNull();
        (await second.ExchangeAsync()).Helps.ShouldBe([]);
        (await second.ExchangeAsync()).Migrations.ShouldBeEmpty();
    }

    [Fact]
    [Requirement("H08")]
    public async Task Nobody_helps_who_finds_the_other_by_another_place_or_does_not_stand_by()
    {
        stage.Places[TestMigration.HostName] = Place;
        var id = await stage.CreateWithStandbyAsync(Second);
        await stage.ReportAsync(id, MigrationActivity.Running, "COPYING");
        (await second.ExchangeAsync()).Helps.ShouldBeNull();
        stage.Places[Second] = "redis://another.example.com";
        (await second.ExchangeAsync()).Helps.ShouldBe([]);

        stage.Places[Second] = Place;
        (await second.ExchangeAsync()).Helps!.Count.ShouldBe(1);
        (await stage.ActAsync(id, "cancel")).ShouldBeNull();
        await stage.ReportAsync(id, MigrationActivity.Cancelled);
        var alone = await stage.CreateAsync();
        await stage.ReportAsync(alone, MigrationActivity.Running, "COPYING");
        (await stage.OrderAsync(alone))!.IsShared.ShouldBeFalse();
        (await second.ExchangeAsync()).Helps.ShouldBe([]);
    }

    [Fact]
    [Requirement("H08")]
    public async Task Hosts_let_in_those_of_their_organization_and_nobody_else()
    {
        stage.Places[TestMigration.HostName] = Place;
        var peers = (await stage.ExchangeAsync()).Peers!;
        peers.Count.ShouldBe(2);
        stage.Places["stranger"] = Place;
        var stranger = await stage.JoinStrangerAsync();
        var report = new ReportedMigration(
            ObjectIds.New(stage.Hub.Time),
            1,
            MigrationActivity.Running,
            null,
            null,
            null
        );
        var orders = await stranger(report);
        orders.Helps.ShouldBe([]);
        orders.Peers!.ShouldHaveSingleItem().ShouldNotBeOneOf([.. peers]);
        (await stage.ExchangeAsync()).Peers.ShouldBe(peers);
        (await second.ExchangeAsync()).Peers.ShouldBeNull();
    }
}
