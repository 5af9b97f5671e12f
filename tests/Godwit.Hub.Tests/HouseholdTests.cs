using System.Net;
using System.Net.Http.Json;
using Godwit.Contracts;
using Godwit.Contracts.Agents;
using Godwit.Hub.Access;
using Godwit.Hub.Data;
using Godwit.Hub.Hosting;
using Godwit.Hub.Tests.Harness;
using Godwit.Hub.Validation;
using Godwit.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Shouldly;
using Xunit;

namespace Godwit.Hub.Tests;

/// <summary>What is in use is not deleted, what is too old is, and a host takes no more than it says (P20).</summary>
public sealed class HouseholdTests
{
    private static CancellationToken Cancellation => TestHub.Cancellation;

    [Fact]
    [Requirement("B07")]
    public async Task An_entry_that_a_migration_comes_in_by_is_not_taken_off_unless_another_lets_its_host_in()
    {
        await using var stage = await TestMigration.StartAsync();
        using var owner = await stage.Hub.WithRoleAsync(
            isKey: true,
            stage.Owner.OrganizationId,
            stage.Owner.ProjectId,
            Role.ProjectOwner
        );
        var list = $"/api/atlas/v2/groups/{stage.Owner.ProjectId}/accessList";
        await AddAsync("192.0.2.7");
        await AddAsync("10.1.0.0/16");
        var id = await stage.CreateAsync();
        var refused = await owner.DeleteAsync($"{list}/192.0.2.7", Cancellation);
        refused.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        var said = await TestHub.ReadAsync(refused);
        ((string)said["errorCode"]!).ShouldBe("ACCESS_LIST_ENTRY_IN_USE");
        ((string)said["detail"]!).ShouldContain(id);
        (await RemoveAsync("10.1.0.0%2F16")).ShouldBe(HttpStatusCode.NoContent);
        await AddAsync("192.0.2.0/24");
        (await RemoveAsync("192.0.2.7")).ShouldBe(HttpStatusCode.NoContent);
        (await RemoveAsync("192.0.2.0%2F24")).ShouldBe(HttpStatusCode.Conflict);
        (await stage.ActAsync(id, "cancel")).ShouldBeNull();
        await stage.ReportAsync(id, MigrationActivity.Cancelled);
        (await RemoveAsync("192.0.2.0%2F24")).ShouldBe(HttpStatusCode.NoContent);

        async Task AddAsync(string entry) =>
            (
                await owner.PostAsJsonAsync(
                    list,
                    new object[]
                    {
                        new Dictionary<string, string> { [entry.Contains('/') ? "cidrBlock" : "ipAddress"] = entry },
                    },
                    Cancellation
                )
            ).IsSuccessStatusCode.ShouldBeTrue();

        async Task<HttpStatusCode> RemoveAsync(string entry) =>
            (await owner.DeleteAsync($"{list}/{entry}", Cancellation)).StatusCode;
    }

    [Fact]
    [Requirement("A01")]
    public async Task A_cluster_that_is_being_validated_or_migrated_to_is_not_removed()
    {
        await using var stage = await TestMigration.StartAsync();
        var clusters = $"/api/godwit/v1/groups/{stage.Owner.ProjectId}/clusters";
        var validation = await TestHub.ReadAsync(
            await stage.SendAsync(
                HttpMethod.Post,
                $"/api/godwit/v1/groups/{stage.Owner.ProjectId}/validations",
                stage.Request()
            )
        );
        (await RefusedAsync("shop-cloud")).ShouldContain((string)validation["id"]!);
        (await stage.SendAsync(HttpMethod.Delete, $"{clusters}/other-cloud")).StatusCode.ShouldBe(
            HttpStatusCode.NoContent
        );
        var id = await stage.CreateAsync();
        (await RefusedAsync("shop-cloud")).ShouldContain(id);

        async Task<string> RefusedAsync(string name)
        {
            var refused = await stage.SendAsync(HttpMethod.Delete, $"{clusters}/{name}");
            refused.StatusCode.ShouldBe(HttpStatusCode.Conflict);
            var said = await TestHub.ReadAsync(refused);
            ((string)said["errorCode"]!).ShouldBe("CLUSTER_IN_USE");
            return (string)said["detail"]!;
        }
    }

    [Fact]
    [Requirement("D06")]
    public async Task One_that_has_failed_is_not_restarted_on_a_host_that_has_enough_to_do()
    {
        await using var stage = await TestMigration.StartAsync();
        var first = await stage.CreateAsync();
        await stage.ReportAsync(first, MigrationActivity.Failed, failure: new("X", "it failed", ""));
        var answer = await stage.SendAsync(HttpMethod.Post, stage.LiveMigrations, stage.Request("other-cloud"));
        var second = (string)(await TestHub.ReadAsync(answer))["_id"]!;
        (await stage.ActAsync(first, "restart")).ShouldBe("MIGRATION_HOST_BUSY");
        (await stage.ActAsync(second, "restart")).ShouldBe("LIVE_MIGRATION_NOT_RESTARTABLE");
        stage.MigrationsMax = 2;
        _ = await stage.ExchangeAsync();
        (await stage.ActAsync(first, "restart")).ShouldBeNull();
    }

    [Fact]
    [Requirement("F04")]
    public async Task What_is_older_than_it_is_kept_goes_and_what_is_under_way_stays()
    {
        await using var stage = await TestMigration.StartAsync(options =>
            options with
            {
                KeepsHistory = TimeSpan.FromDays(30),
            }
        );
        var running = await stage.CreateAsync();
        var ended = (
            await stage.Hub.QueryAsync(async database =>
            {
                var plan = ApiJson
                    .Read<Migrations.MigrationState>((await database.Migrations.SingleAsync(Cancellation)).State)
                    .Plan;
                var state = new ValidationState
                {
                    Plan = plan,
                    Stage = ValidationStage.Ended,
                    CreatedAt = stage.Hub.Time.GetUtcNow(),
                };
                var record = new ValidationRecord
                {
                    Id = ObjectIds.New(stage.Hub.Time),
                    ProjectId = stage.Owner.ProjectId,
                    HostId = stage.HostId,
                    State = ApiJson.Write(state),
                    CreatedAt = state.CreatedAt,
                };
                database.Add(record);
                await database.SaveChangesAsync(Cancellation);
                return record;
            })
        ).Id;
        var janitor = stage.Hub.Service<IEnumerable<IHostedService>>().OfType<Janitor>().Single();
        stage.Hub.Time.Advance(TimeSpan.FromDays(29));
        (await janitor.SweepAsync(Cancellation)).ShouldBe(0);
        stage.Hub.Time.Advance(TimeSpan.FromDays(2));
        // It looks by itself every hour of that clock, and may have been faster.
        _ = await janitor.SweepAsync(Cancellation);
        (await CountAsync(database => database.Validations.CountAsync(one => one.Id == ended, Cancellation))).ShouldBe(
            0
        );
        (await CountAsync(database => database.Migrations.CountAsync(Cancellation))).ShouldBe(1);
        (await stage.EventsAsync(running)).ShouldContain("CLUSTER_IMPORT_STARTED");
        (
            await CountAsync(database =>
                database.Events.CountAsync(one => one.Type == "LIVE_MIGRATION_LINK_TOKEN_CREATED", Cancellation)
            )
        ).ShouldBe(0);

        Task<int> CountAsync(Func<HubDatabase, Task<int>> count) => stage.Hub.QueryAsync(count);
    }

    [Theory]
    [Requirement("A06")]
    [InlineData("Debian GNU/Linux 12 (bookworm), X64", "PASSED")]
    [InlineData("Ubuntu 24.04.3 LTS, Arm64", "PASSED")]
    [InlineData("Linux, X86", "WARNING")]
    [InlineData("Microsoft Windows 10.0.20348, X64", "WARNING")]
    [InlineData("Darwin 25.0.0 Darwin Kernel Version 25.0.0, Arm64", "WARNING")]
    public void A_host_that_runs_something_else_than_64_bit_Linux_is_named(string system, string state)
    {
        var host = new MigrationHost
        {
            Id = "",
            OrganizationId = "",
            Name = "vm001",
            SealingKey = "",
            Thumbprint = "",
            Report = ApiJson.Write(new HostReport("vm001", HubVersion.Text, system, 8, 1, 1, [], "")),
        };
        HostAdvice.Of(host).Single(one => one.Id == "host-system").State.ShouldBe(state);
    }
}
