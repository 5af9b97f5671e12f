using Godwit.Testing;
using Godwit.Web.Tests.Harness;
using Microsoft.Playwright;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.Web.Tests;

/// <summary>The pages by clicking, in a real browser, against a real Hub, a real agent and Sandboxes.</summary>
public sealed class StoryTests(Chromium chromium) : IClassFixture<Chromium>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Set", "Walk")]
    [Requirement("B01")]
    [Requirement("B02")]
    [Requirement("B03")]
    [Requirement("B04")]
    [Requirement("B09")]
    [Requirement("B10")]
    [Requirement("B11")]
    [Requirement("D06")]
    [Requirement("E01")]
    [Requirement("E03")]
    public async Task From_an_empty_Hub_to_a_finished_migration_by_clicking()
    {
        await using var stage = await WebStage.SetAsync();
        await using var owner = await chromium.OpenAsync(stage.Hub.Url, "the owner");
        await SignInAsync(owner, stage);
        await owner.MenuAsync("Migration");
        await owner.LookAsync("migrations-empty");
        await owner.ClickAsync("Migrate from a self-managed MongoDB");
        await owner.LookAsync("start");
        await owner.ClickAsync("I'm ready to start");
        await owner.SeeAsync("Link with the source side");
        await owner.LookAsync("wizard-link");
        await owner.ClickAsync("Generate link-token");
        await owner.ClickAsync("Next");
        await owner.SeeAsync("It is shown this once.");
        await owner.LookAsync("wizard-token");
        var token = (await owner.Page.Locator("#link-token").InnerTextAsync()).Trim();
        await owner.ClickAsync("Done");
        await owner.Page.Locator("#link-token").WaitForAsync(new() { State = WaitForSelectorState.Detached });
        (await owner.Page.ContentAsync()).ShouldNotContain(token);
        await stage.LinkAsync(token, "--monitor-only");
        await owner.SeeAsync("Linked.");

        await owner.RegisterClusterAsync("shop-cloud", stage.Destination.ConnectionString);
        await owner.LookAsync("clusters");
        await owner.ClickAsync("Migrate data to this cluster");
        await owner.SeeAsync("Linked.");
        await owner.ClickAsync("Next");
        await owner.Page.SelectOptionAsync("#source-cluster", "shop");
        await owner.Page.FillAsync("#source-user", "root");
        await owner.Page.FillAsync("#source-password", "wrong");
        await owner.LookAsync("wizard-source");
        await owner.Page.ReloadAsync();
        await owner.UntilReadyAsync();
        (await owner.Page.InputValueAsync("#source-user")).ShouldBe("root");
        (await owner.Page.InputValueAsync("#source-password")).ShouldBeEmpty();
        await owner.Page.FillAsync("#source-password", "wrong");
        await owner.ClickAsync("Next");
        await owner.SeeAsync("Not available: the provider of this cluster reports no private endpoint.");
        await owner.LookAsync("wizard-destination");
        await owner.ClickAsync("Next");

        // A failure with its remedy; after the repair nothing has to be typed anew.
        await owner.ClickAsync("Validate");
        await owner.SeeAsync("failed.");
        await owner.LookAsync("wizard-validation-failed");
        await owner.ClickAsync("Back");
        await owner.ClickAsync("Back");
        await owner.Page.FillAsync("#source-password", WebStage.SourceSecret);
        await owner.ClickAsync("Next");
        await owner.ClickAsync("Next");
        await owner.ValidateAsync();
        await owner.LookAsync("wizard-validation");
        stage.StartWriting();
        await owner.ClickAsync("Next");
        await owner.LookAsync("wizard-review");
        await owner.ClickAsync("Start the migration");
        await owner.SeeAsync("What happened");
        await owner.UntilInSyncAsync();
        await owner.LookAsync("live");
        await owner.ShouldFitAsync("live");
        await owner.ClickAsync("Extend Sync");
        await owner.SeeAsync("extended 1 time");

        await owner.ClickAsync("I'm ready to cutover");
        await owner.SeeAsync("in three steps");
        await owner.LookAsync("cutover");
        await owner.ClickAsync("Proceed to cutover");
        await owner.SeeAsync("Writes still arrive at the source");
        var finalise = owner.Page.GetByRole(AriaRole.Button, new() { Name = "Finalize migration" });
        await owner.SeeDisabledAsync("Finalize migration");
        await owner.LookAsync("cutover-writes");
        await stage.StopWritingAsync();
        await owner.SeeAsync("No write arrived");
        await owner.Page.CheckAsync("#confirm-stopped");
        await finalise.ClickAsync();
        await owner.SeeAsync("The destination is the truth now.");
        await owner.LookAsync("cutover-done");
        await owner
            .Page.GetByRole(AriaRole.Dialog)
            .GetByRole(AriaRole.Button, new() { Name = "Connect to your new cluster" })
            .ClickAsync();
        await owner.SeeAsync("You have successfully migrated to shop-cloud");
        await owner.LookAsync("success");
        await owner.ShouldFitAsync("success");
        var here = await stage.Orders.Find("{}").Sort("{_id: 1}").ToListAsync(Cancellation);
        (await stage.OrdersThere.Find("{}").Sort("{_id: 1}").ToListAsync(Cancellation)).ShouldBe(here);
        await owner.ClickAsync("Connect to your new cluster");
        await owner.SeeAsync("<user>:<password>");
        await owner.LookAsync("connect");

        foreach (
            var page in new[]
            {
                "Migration",
                "Network access",
                "Database users",
                "Alerts",
                "Activity",
                "Support",
                "Settings",
                "Projects",
                "Links and hosts",
                "People and roles",
                "API keys",
                "Service accounts",
                "Audit log",
                "Organisations",
            }
        )
        {
            await owner.MenuAsync(page);
            var picture = page.ToLowerInvariant().Replace(' ', '-');
            await owner.LookAsync(picture);
            await owner.ShouldFitAsync(picture);
        }
    }

    [Fact]
    [Requirement("B12")]
    [Requirement("D04")]
    [Requirement("D07")]
    public async Task A_second_person_watches_the_Hub_is_restarted_and_the_first_cancels()
    {
        await using var stage = await WebStage.SetAsync();
        await using var owner = await chromium.OpenAsync(stage.Hub.Url, "the owner");
        await owner.SignInByLinkAsync(await stage.Hub.SignInLinkAsync());
        await owner.MenuAsync("Links and hosts");
        await stage.LinkAsync(await owner.MakeTokenAsync());
        await owner.ClickAsync("Done");
        await owner.RegisterClusterAsync("shop-cloud", stage.Destination.ConnectionString);
        await owner.MenuAsync("People and roles");
        await owner.ClickAsync("Invite a person");
        await owner.Page.FillAsync("#person-name", "Vera");
        await owner.ClickAsync("Invite", isExact: true);
        await owner.LookAsync("people-invited");
        var invitation = (await owner.Page.Locator("#invitation").InnerTextAsync()).Trim();
        await owner.FillWizardAsync();
        await owner.ValidateAsync();
        await owner.StartMigrationAsync();
        await owner.UntilInSyncAsync();

        await using var viewer = await chromium.OpenAsync(stage.Hub.Url, "the viewer");
        await viewer.SignInByLinkAsync(invitation);
        await viewer.MenuAsync("Migration");
        await viewer.ClickAsync("Open", isExact: true);
        await viewer.SeeAsync("You are watching.");
        await viewer.UntilInSyncAsync();
        await viewer.SeeDisabledAsync("I'm ready to cutover");
        (await viewer.Page.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).CountAsync()).ShouldBe(0);
        await viewer.LookAsync("live-viewer");
        await viewer.MenuAsync("API keys");
        (await viewer.Page.GetByRole(AriaRole.Button, new() { Name = "New API key" }).CountAsync()).ShouldBe(0);
        await viewer.MenuAsync("Migration");
        await viewer.ClickAsync("Open", isExact: true);
        await viewer.SeeAsync("You are watching.");

        await owner.ClickAsync("Pause");
        await viewer.SeeAsync("Paused at a checkpoint");
        await owner.ClickAsync("Resume");
        await viewer.UntilInSyncAsync();

        owner.ExpectsOutage = viewer.ExpectsOutage = true;
        await stage.Hub.KillAsync();
        await owner.SeeAsync("Connection to the Hub lost");
        await stage.Hub.RestartAsync();
        foreach (var person in new[] { owner, viewer })
        {
            var lost = person.Page.Locator("#components-reconnect-modal");
            await lost.WaitForAsync(new() { State = WaitForSelectorState.Hidden });
            await person.UntilInSyncAsync();
            person.ExpectsOutage = false;
        }

        // The host is killed and started again under the open pages.
        await stage.Agent.KillAsync();
        await stage.Orders.InsertOneAsync(new BsonDocument("_id", "while the host was down"), null, Cancellation);
        await stage.Agent.StartAsync();
        await owner.UntilInSyncAsync();

        await owner.ClickAsync("Cancel", isExact: true);
        await owner.ConfirmAsync("Cancel the migration");
        await owner.SeeAsync("Syncing stopped because somebody asked for it.");
        await owner.LookAsync("cancelled");
        await viewer.SeeAsync("Syncing stopped because somebody asked for it.");

        // What the cancelled one has left is on both sides now: a warning in validation, a failure at the start (P1).
        await owner.ClickAsync("Migrate again");
        await owner.SeeAsync("Linked.");
        await owner.ClickAsync("Next");
        await owner.Page.SelectOptionAsync("#source-cluster", "shop");
        await owner.ClickAsync("Next");
        await owner.Page.Locator("#destination").WaitForAsync();
        await owner.ClickAsync("Next");
        await owner.ValidateAsync();
        await owner.LookAsync("wizard-validation-warning");
        await owner.StartMigrationAsync();
        await owner.SeeAsync("The migration stopped");
        await owner.LookAsync("failed");
        await owner.ClickAsync("Request support");
        await owner.SeeAsync("Download the bundle");
        await owner.Page.FillAsync("#details", "It stopped at once.");
        await owner.LookAsync("support-failed");
        var download = await owner.Page.RunAndWaitForDownloadAsync(() => owner.Page.ClickAsync("#bundle"));
        download.SuggestedFilename.ShouldEndWith(".zip");

        // Cleared by the wizard, as validation has listed it, once the cluster's name was typed.
        await owner.MenuAsync("Clusters");
        await owner.ClickAsync("Migrate data to this cluster");
        await owner.SeeAsync("Linked.");
        await owner.ClickAsync("Next");
        await owner.Page.SelectOptionAsync("#source-cluster", "shop");
        await owner.ClickAsync("Next");
        await owner.Page.CheckAsync("#clear");
        await owner.SeeDisabledAsync("Next");
        await owner.Page.FillAsync("#clear-name", "shop-cloud");
        await owner.LookAsync("wizard-clear");
        await owner.ClickAsync("Next");
        await owner.ValidateAsync();
        await owner.SeeAsync("The start drops on the destination: shop.orders.");
        await owner.StartMigrationAsync();
        await owner.UntilInSyncAsync();
    }

    [Fact]
    public async Task Whoever_is_not_signed_in_signs_in_first_and_comes_to_where_they_wanted()
    {
        await using var hub = await Godwit.ControlPlane.Tests.Harness.HubProcess.StartAsync();
        await using var person = await chromium.OpenAsync(hub.Url, "the administrator");
        await person.SignInByLinkAsync(await hub.SignInLinkAsync());
        await person.Page.FillAsync("#password", "a sentence of mine");
        await person.ClickAsync("Set password");
        await person.SeeAsync("The password is set.");
        await person.ClickAsync("Sign out");
        await person.Page.GotoAsync(new Uri(hub.Url, "/orgs").ToString());
        await person.LookAsync("sign-in");
        await person.Page.FillAsync("input[name=userName]", "admin");
        await person.Page.FillAsync("input[name=password]", "a sentence of theirs");
        await person.ClickAsync("Sign in");
        await person.SeeAsync("The name or the password is wrong.");
        await person.Page.FillAsync("input[name=userName]", "admin");
        await person.Page.FillAsync("input[name=password]", "a sentence of mine");
        await person.ClickAsync("Sign in");
        await person.UntilReadyAsync();
        new Uri(person.Page.Url).AbsolutePath.ShouldBe("/orgs");
        await person.GoAsync("/there/is/nothing");
        await person.SeeAsync("Nothing is here");
        await person.LookAsync("nowhere");
    }

    private static async Task SignInAsync(WebUser owner, WebStage stage)
    {
        await owner.Page.GotoAsync(await stage.Hub.SignInLinkAsync());
        await owner.LookAsync("sign-in-link");
        await owner.ClickAsync("Sign in");
        await owner.UntilReadyAsync();
        await owner.LookAsync("welcome");
        await owner.Page.FillAsync("#password", "a sentence of mine");
        await owner.ClickAsync("Set password");
        await owner.SeeAsync("The password is set.");
    }
}
