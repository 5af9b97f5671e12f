using Godwit.ControlPlane.Tests.Harness;
using Godwit.Testing;
using Godwit.Web.Tests.Harness;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.Web.Tests;

/// <summary>What is pressed after a cutover: both sides compared again, the source's block lifted, the way back.</summary>
public sealed class AfterwardsStoryTests(Chromium chromium) : IClassFixture<Chromium>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("E03")]
    [Requirement("E05")]
    [Requirement("E07")]
    [Requirement("E09")]
    [Requirement("H03")]
    [Requirement("H16")]
    public async Task Reports_are_kept_users_carried_over_the_source_is_opened_and_the_migration_is_turned_round()
    {
        await using var stage = await WebStage.SetAsync();
        await RunAsync(stage.Source, NewUser("app"));
        await using var owner = await chromium.OpenAsync(stage.Hub.Url, "the owner");
        await owner.SignInByLinkAsync(await stage.Hub.SignInLinkAsync());
        await owner.MenuAsync("Links and hosts");
        await stage.LinkAsync(await owner.MakeTokenAsync());
        await owner.ClickAsync("Done");
        await owner.RegisterClusterAsync("shop-cloud", stage.Destination.ConnectionString);
        await owner.ClickAsync("Migrate data to this cluster");
        await owner.SeeAsync("Linked.");
        await owner.ClickAsync("Next");
        await owner.Page.SelectOptionAsync("#source-cluster", "shop");
        await owner.ClickAsync("Next");
        await owner.Page.CheckAsync("#block");
        await owner.Page.ClickAsync("#advanced");
        await owner.Page.CheckAsync("#reversible");
        await owner.ClickAsync("Next");
        await owner.ValidateAsync();
        await owner.StartMigrationAsync();
        await owner.UntilInSyncAsync();
        await CutOverAsync(owner, "Connect to your new cluster");
        await owner.SeeAsync("You have successfully migrated to shop-cloud");

        foreach (var (label, end) in new[] { ("HTML", ".html"), ("JSON", ".json") })
        {
            var report = await owner.Page.RunAndWaitForDownloadAsync(() => owner.ClickAsync(label, isExact: true));
            report.SuggestedFilename.ShouldBe($"godwit-shop-shop-cloud{end}");
            (await File.ReadAllTextAsync(await report.PathAsync(), Cancellation)).ShouldContain("shop.orders");
        }

        await owner.PrintAsync("success-printed");

        // One that the destination lacks, and one that it has.
        await owner.ClickAsync("Copy users and roles");
        await owner.ConfirmAsync("Copy them");
        await owner.SeeAsync("Users and roles were carried over.");
        await owner.SeeAsync("On the destination now: 1. Left as they are: 1.");
        await owner.LookAsync("success-users");
        var there = await RunAsync(stage.Destination, new() { { "usersInfo", "app" } });
        there["users"].AsBsonArray.Count.ShouldBe(1);

        await owner.ClickAsync("Compare again");
        await owner.SeeAsync("Both sides are identical.");
        await owner.ClickAsync("Lift the write block");
        await owner.ConfirmAsync("Lift the block");
        await owner.SeeAsync("The source lets writes in again.");
        (await owner.Page.GetByText("stays write-blocked").CountAsync()).ShouldBe(0);
        await owner.LookAsync("success-afterwards");

        await stage.OrdersThere.InsertOneAsync(new BsonDocument("_id", "written there"), null, Cancellation);
        await owner.ClickAsync("Turn round");
        await owner.ConfirmAsync("Turn it round");
        await owner.SeeAsync("The way back");
        await owner.UntilInSyncAsync();
        await owner.LookAsync("live-back");
        await CutOverAsync(owner, "Close");
        await owner.SeeAsync("You have successfully migrated to shop");
        (await owner.Page.GetByText("Connect to your new cluster").CountAsync()).ShouldBe(0);
        var here = await stage.Orders.Find("{}").Sort("{_id: 1}").ToListAsync(Cancellation);
        (await stage.OrdersThere.Find("{}").Sort("{_id: 1}").ToListAsync(Cancellation)).ShouldBe(here);
        here.ShouldContain(new BsonDocument("_id", "written there"));
    }

    [Fact]
    [Requirement("D07")]
    public async Task A_temporary_user_that_was_left_behind_is_found_and_removed()
    {
        const string left = "godwit-0123456789abcdef01234567";
        await using var hub = await HubProcess.StartAsync();
        await using var cluster = await SandboxProcess.StartAsync(WebStage.DestinationSecret);
        await RunAsync(cluster, NewUser(left));
        await using var owner = await chromium.OpenAsync(hub.Url, "the owner");
        await owner.SignInByLinkAsync(await hub.SignInLinkAsync());
        await owner.RegisterClusterAsync("shop-cloud", cluster.ConnectionString);
        await owner.MenuAsync("Database users");
        await owner.ClickAsync("Look for users left behind");
        await owner.SeeAsync(left);
        await owner.LookAsync("users-left");
        await owner.ClickAsync($"Remove {left}");
        await owner.ConfirmAsync("Remove it");
        await owner.SeeAsync("No user is left behind on a cluster of this project.");
        (await RunAsync(cluster, new() { { "usersInfo", left } }))["users"].AsBsonArray.ShouldBeEmpty();
    }

    private static BsonDocument NewUser(string name) =>
        new()
        {
            { "createUser", name },
            { "pwd", "s0me-Secret" },
            { "roles", new BsonArray() },
        };

    private static Task<BsonDocument> RunAsync(SandboxProcess cluster, BsonDocument command) =>
        cluster.Client.GetDatabase("admin").RunCommandAsync<BsonDocument>(command, null, Cancellation);

    private static async Task CutOverAsync(WebUser owner, string last)
    {
        await owner.ClickAsync("I'm ready to cutover");
        await owner.ClickAsync("Proceed to cutover");
        await owner.SeeAsync("No write arrived");
        await owner.Page.CheckAsync("#confirm-stopped");
        await owner.ClickAsync("Finalize migration");
        await owner.SeeAsync("The destination is the truth now.");
        await owner.ConfirmAsync(last);
    }
}
