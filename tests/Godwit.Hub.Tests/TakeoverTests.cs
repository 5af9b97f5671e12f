using Godwit.Contracts.Agents;
using Godwit.Hub.Destinations;
using Godwit.Hub.Hosting;
using Godwit.Hub.Links;
using Godwit.Hub.Migrations;
using Godwit.Hub.Tests.Harness;
using Godwit.Testing;
using Microsoft.EntityFrameworkCore;
using Shouldly;
using Xunit;

namespace Godwit.Hub.Tests;

/// <summary>Another host goes on with a migration whose host has died, and hosts that were let go come back (P6, P8).</summary>
public sealed class TakeoverTests : IAsyncLifetime
{
    private const string Second = "vm002.example.com";
    private TestMigration stage = null!;
    private string id = "";

    public async ValueTask InitializeAsync()
    {
        stage = await TestMigration.StartAsync(missesHosts: true);
        id = await stage.CreateAsync();
        await stage.ReportAsync(id, MigrationActivity.Running, "COPYING");
    }

    public ValueTask DisposeAsync() => stage.DisposeAsync();

    [Fact]
    [Requirement("A06")]
    public async Task Two_agents_of_one_identity_get_no_order_until_one_is_stopped()
    {
        (await ExchangeAsync("first")).ShouldBe([id]);
        // Started again: the one before speaks no more.
        (await ExchangeAsync("second")).ShouldBe([id]);
        (await ExchangeAsync("second")).ShouldBe([id]);
        (await ExchangeAsync("first")).ShouldBeEmpty();
        (await ExchangeAsync("second")).ShouldBeEmpty();
        var hosts = $"/api/godwit/v1/orgs/{stage.Owner.OrganizationId}/hosts";
        var listed = await TestHub.ReadAsync(await stage.SendAsync(HttpMethod.Get, hosts));
        ((bool)listed[0]!["isDoubled"]!).ShouldBeTrue();
        stage.Hub.Time.Advance(TimeSpan.FromMinutes(1));
        (await ExchangeAsync("second")).ShouldBe([id]);
    }

    private async Task<IEnumerable<string>> ExchangeAsync(string instance) =>
        (
            await stage
                .Hub.Service<HostExchange>()
                .RunAsync(stage.HostId, "192.0.2.7", stage.Report() with { Instance = instance }, TestHub.Cancellation)
        ).Migrations.Select(order => order.Id);

    [Fact]
    [Requirement("A06")]
    [Requirement("H08")]
    public async Task A_migration_whose_host_is_away_is_taken_over_and_the_first_host_forgets_it()
    {
        var second = await stage.JoinAsync(Second);
        (await TakeOverAsync(Second)).ShouldBe("MIGRATION_HOST_NOT_AWAY");
        stage.Hub.Time.Advance(TimeSpan.FromMinutes(5));
        (await TakeOverAsync(Second)).ShouldBe("MIGRATION_HOST_AWAY");
        (await second.ExchangeAsync()).Migrations.ShouldBeEmpty();
        (await TakeOverAsync("unknown")).ShouldBe("VALIDATION_ERROR");
        // A further host that watches the same cluster has spoken since: that does not make the second one blind.
        _ = await (await stage.JoinAsync("vm003.example.com")).ExchangeAsync();

        (await TakeOverAsync(Second)).ShouldBeNull();
        var order = (await second.ExchangeAsync()).Migrations.ShouldHaveSingleItem();
        (order.Id, order.Goal, order.Revision).ShouldBe((id, MigrationGoal.Follow, 2L));
        ((string)(await stage.GetOwnAsync(id))["migrationHosts"]![0]!).ShouldBe(Second);
        (await stage.EventsAsync(id)).ShouldContain("LIVE_MIGRATION_TAKEN_OVER");

        // The first host comes back with what it had: it is told to forget, and its word counts no more.
        var late = new ReportedMigration(id, 1, MigrationActivity.Failed, null, new("Late", "", ""), null);
        (await stage.ExchangeAsync(late)).Migrations.ShouldHaveSingleItem().Goal.ShouldBe(MigrationGoal.Forget);
        ((string)(await stage.GetOwnAsync(id))["status"]!).ShouldNotBe("FAILED");
    }

    [Fact]
    [Requirement("A03")]
    public async Task A_host_that_is_linked_again_finds_its_organization_and_goes_on_with_its_migration()
    {
        var tokens = $"/api/atlas/v2/orgs/{stage.Owner.OrganizationId}/liveMigrations/linkTokens";
        _ = await stage.SendAsync(HttpMethod.Delete, $"{tokens}?revokeActive=true");
        ((string)(await stage.GetOwnAsync(id))["status"]!).ShouldBe("DISCONNECTED");
        var project = stage.SourceProjectId;
        await stage.LinkAgainAsync();
        stage.SourceProjectId.ShouldBe(project);
        ((string)(await stage.GetOwnAsync(id))["status"]!).ShouldBe("RUNNING");
        (await stage.OrderAsync(id))!.Goal.ShouldBe(MigrationGoal.Follow);
        (await stage.EventsAsync(id))[^1].ShouldBe("LIVE_MIGRATION_RECONNECTED");
    }

    [Fact]
    [Requirement("A03")]
    public async Task A_migration_that_was_disconnected_for_too_long_is_restarted_once_its_host_is_linked_again()
    {
        var tokens = $"/api/atlas/v2/orgs/{stage.Owner.OrganizationId}/liveMigrations/linkTokens";
        _ = await stage.SendAsync(HttpMethod.Delete, $"{tokens}?revokeActive=true");
        stage.Hub.Time.Advance(TimeSpan.FromMinutes(11));
        await stage.UntilAsync(async () => (string)(await stage.GetOwnAsync(id))["status"]! == "FAILED");
        (await stage.ActAsync(id, "restart")).ShouldBe("MIGRATION_HOST_REVOKED");
        await stage.LinkAgainAsync();
        (await stage.ActAsync(id, "restart")).ShouldBeNull();
        (await stage.OrderAsync(id))!.Goal.ShouldBe(MigrationGoal.Follow);
    }

    [Fact]
    [Requirement("H08")]
    public async Task A_standby_host_goes_on_by_itself_once_the_first_is_lost_and_watches_its_lease_first()
    {
        var (second, own) = await CreateWithStandbyAsync();
        stage.Hub.Time.Advance(TimeSpan.FromMinutes(1));
        (await second.ExchangeAsync()).Migrations.ShouldBeEmpty();
        stage.Hub.Time.Advance(TimeSpan.FromMinutes(2));
        await stage.UntilAsync(async () => (await second.ExchangeAsync()).Migrations.Any());
        var order = (await second.ExchangeAsync()).Migrations.ShouldHaveSingleItem();
        (order.Id, order.Goal, order.WatchesLease).ShouldBe((own, MigrationGoal.Follow, true));
        ((string)(await stage.GetOwnAsync(own))["migrationHosts"]![0]!).ShouldBe(Second);

        // Once it runs there, the lease needs no watching any more, and the host before is told to forget.
        await stage.UntilAsync(async () =>
            !(await second.ReportAsync(new(own, order.Revision, MigrationActivity.Running, null, null, null)))
                .Migrations.Single()
                .WatchesLease
        );
        var late = new ReportedMigration(own, 1, MigrationActivity.Running, null, null, null);
        (await stage.ExchangeAsync(late)).Migrations.ShouldContain(one => one.Goal == MigrationGoal.Forget);
    }

    [Fact]
    [Requirement("H08")]
    public async Task A_host_that_helps_and_misses_the_leader_goes_on_within_seconds_unless_the_leader_is_connected()
    {
        stage.Places[TestMigration.HostName] = stage.Places[Second] = "redis://cache.example.com";
        var (second, own) = await CreateWithStandbyAsync();
        var connected = stage.Hub.Service<ConnectedHosts>();
        var connection = await stage.ConnectAsync();
        stage.Hub.Time.Advance(TimeSpan.FromSeconds(11));
        stage.Missing.Add(own);
        // Only the way between the hosts is cut: whoever leads is there for the Hub.
        (await second.ExchangeAsync()).Migrations.ShouldBeEmpty();
        (await TryByItselfAsync(own)).ShouldBeFalse();

        await connection.DisposeAsync();
        await stage.UntilAsync(() => Task.FromResult(!connected.Contain(stage.HostId)));
        await stage.UntilAsync(async () => (await second.ExchangeAsync()).Migrations.Any(one => one.Id == own));
        ((string)(await stage.GetOwnAsync(own))["migrationHosts"]![0]!).ShouldBe(Second);
    }

    [Fact]
    [Requirement("H08")]
    public async Task A_host_that_is_away_for_seconds_keeps_its_migration_while_nobody_else_misses_it()
    {
        stage.Places[TestMigration.HostName] = stage.Places[Second] = "redis://cache.example.com";
        var (second, own) = await CreateWithStandbyAsync();
        stage.Hub.Time.Advance(TimeSpan.FromSeconds(60));
        (await second.ExchangeAsync()).Helps!.ShouldHaveSingleItem();
        (await TryByItselfAsync(own)).ShouldBeFalse();
    }

    /// <summary>A migration that copies and for which a second host stands by, in place of the one that every test begins with.</summary>
    private async Task<(SecondHost Second, string Id)> CreateWithStandbyAsync()
    {
        _ = await stage.ActAsync(id, "cancel");
        await stage.ReportAsync(id, MigrationActivity.Cancelled);
        var second = await stage.JoinAsync(Second);
        var own = await stage.CreateWithStandbyAsync(Second);
        await stage.ReportAsync(own, MigrationActivity.Running, "COPYING");
        return (second, own);
    }

    private Task<bool> TryByItselfAsync(string own) =>
        stage.Hub.QueryAsync(async database =>
        {
            var takeover = new Takeover(
                database,
                stage.Hub.Service<MigrationBook>(),
                stage.Hub.Service<SelfManagedAccess>(),
                stage.Hub.Service<ConnectedHosts>(),
                stage.Hub.Service<HostInventories>(),
                stage.Hub.Service<HubOptions>(),
                stage.Hub.Time
            );
            var record = await database.Migrations.SingleAsync(one => one.Id == own, TestHub.Cancellation);
            return await takeover.TryByItselfAsync(record, TestHub.Cancellation);
        });

    private async Task<string?> TakeOverAsync(string host)
    {
        var body = new System.Text.Json.Nodes.JsonObject { ["migrationHost"] = host };
        var answer = await stage.SendAsync(HttpMethod.Post, $"{stage.Own}/{id}/takeOver", body);
        return answer.IsSuccessStatusCode ? null : await TestHub.CodeAsync(answer);
    }
}
