using Godwit.Contracts;
using Godwit.Contracts.Agents;
using Godwit.Contracts.Own;
using Godwit.Hub.Providers;
using Godwit.Hub.Tests.Harness;
using Godwit.Testing;
using Microsoft.EntityFrameworkCore;
using Shouldly;
using Xunit;

namespace Godwit.Hub.Tests;

/// <summary>What people see to before the start, before the cutover, and afterwards (P20, M-108): only what concerns this migration.</summary>
[Requirement("E03")]
public sealed class ChecklistTests : IAsyncLifetime
{
    private static readonly string[] Times = ["BEFORE_START", "BEFORE_CUTOVER", "AFTERWARDS"];

    private TestMigration stage = null!;

    private static CancellationToken Cancellation => TestHub.Cancellation;

    public async ValueTask InitializeAsync() => stage = await TestMigration.StartAsync();

    public ValueTask DisposeAsync() => stage.DisposeAsync();

    [Fact]
    public async Task What_is_left_to_people_is_listed_and_what_was_done_since_is_marked()
    {
        var id = await stage.CreateBlockingAsync();
        var items = await ListAsync($"{stage.Own}/{id}");
        items.Select(one => Array.IndexOf(Times, one.When)).ShouldBeInOrder();
        Of(items, "writes").State.ShouldBe("DONE");
        Of(items, "way-back").State.ShouldBe("OPEN");
        Of(items, "notifications").State.ShouldBe("OPEN");
        Of(items, "check-client").Command.ShouldNotBeNull().ShouldStartWith("godwit check-client --destination");
        Of(items, "source-user").Text.ShouldContain("shop");
        Of(items, "source-block").State.ShouldBe("OPEN");
        Of(items, "source-block").Command.ShouldBe($"godwit liveMigrations unblockSource --liveMigrationId {id}");
        // A destination without users is asked nothing about them, and none of Atlas' nothing about its tiers.
        items.Select(one => one.Id).Intersect(["users", "users-afterwards", "auto-scaling"]).ShouldBeEmpty();

        await stage.SyncAsync(id);
        (await stage.ActAsync(id, "cutover")).ShouldBeNull();
        await stage.ReportAsync(id, MigrationActivity.Committed, "DONE");
        (await stage.ActAsync(id, "unblockSource")).ShouldBeNull();
        await stage.ReportAsync(id, MigrationActivity.FollowedUp);
        Of(await ListAsync($"{stage.Own}/{id}"), "source-block").State.ShouldBe("DONE");
    }

    [Fact]
    public async Task Before_there_is_a_migration_a_validation_has_the_list_and_it_knows_what_Atlas_says()
    {
        var facts = new AtlasFacts(
            new("M40", 1, 3, 80, [], "IDLE", false, false, true, false, false, [], []),
            null,
            null,
            new Dictionary<string, string>()
        );
        var validations = $"/api/godwit/v1/groups/{stage.Owner.ProjectId}/validations";
        var made = await TestHub.ReadAsync(await stage.SendAsync(HttpMethod.Post, validations, stage.Request()));
        _ = await stage.Hub.QueryAsync(database =>
            database
                .Clusters.Where(one => one.Name == "shop-cloud")
                .ExecuteUpdateAsync(
                    set => set.SetProperty(one => one.ProviderFacts, ApiJson.Write(facts)),
                    Cancellation
                )
        );
        var items = await ListAsync($"{validations}/{made["id"]}");
        Of(items, "size").Text.ShouldContain("M40");
        Of(items, "auto-scaling").State.ShouldBe("OPEN");
        Of(items, "auto-scaling-afterwards").State.ShouldBe("DONE");
        Of(items, "backups").Text.ShouldContain("turn them on");
        Of(items, "writes").State.ShouldBe("OPEN");
    }

    private static ChecklistItem Of(IEnumerable<ChecklistItem> items, string id) => items.Single(one => one.Id == id);

    private async Task<IReadOnlyList<ChecklistItem>> ListAsync(string path) =>
        ApiJson.Read<Checklist>(await stage.Owner.Client.GetStringAsync($"{path}/checklist", Cancellation)).Items;
}
