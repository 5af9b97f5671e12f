using Godwit.Testing;
using Godwit.Web.Tests.Harness;
using Microsoft.Playwright;
using MongoDB.Bson;
using Xunit;

namespace Godwit.Web.Tests;

/// <summary>One failure of a validation after the other, each repaired where its remedy says, without typing anything anew.</summary>
public sealed class RepairStoryTests(Chromium chromium) : IClassFixture<Chromium>
{
    private const string Password = "m0ver-Secret";
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("B04")]
    [Requirement("B07")]
    [Requirement("B10")]
    [Requirement("C03")]
    [Requirement("C06")]
    public async Task Certificate_rights_and_access_list_are_put_right_one_by_one()
    {
        await using var stage = await WebStage.SetAsync();
        await RunAsync(
            stage,
            new()
            {
                { "createUser", "mover" },
                { "pwd", Password },
                {
                    "roles",
                    new BsonArray { "readAnyDatabase" }
                },
            }
        );
        await using var owner = await chromium.OpenAsync(stage.Hub.Url, "the owner");
        await owner.SignInByLinkAsync(await stage.Hub.SignInLinkAsync());
        await owner.MenuAsync("Network access");
        await owner.ClickAsync("Add IP address");
        await owner.Page.FillAsync("#address", "203.0.113.0/24");
        await owner.ClickAsync("Add", isExact: true);
        await owner.SeeAsync("203.0.113.0/24 is on the list.");
        await owner.MenuAsync("Links and hosts");
        await stage.LinkAsync(await owner.MakeTokenAsync(), "--monitor-only");
        await owner.ClickAsync("Done");
        await owner.RegisterClusterAsync("shop-cloud", stage.Destination.ConnectionString);
        await owner.ClickAsync("Migrate data to this cluster");
        await owner.SeeAsync("Linked.");
        await owner.ClickAsync("Next");
        await owner.Page.SelectOptionAsync("#source-cluster", "shop");
        await owner.Page.FillAsync("#source-user", "mover");
        await owner.Page.FillAsync("#source-password", Password);
        await owner.Page.CheckAsync("#tls");
        await owner.Page.FillAsync("#ca-file", "/no/such/authority.pem");
        await owner.ClickAsync("Next");
        await owner.Page.Locator("#destination").WaitForAsync();
        await owner.ClickAsync("Next");

        // The file of the authority is not on the host.
        await owner.ClickAsync("Validate");
        await owner.SeeAsync("failed.");
        await owner.SeeAsync("/no/such/authority.pem");
        await owner.ClickAsync("Back");
        await owner.ClickAsync("Back");
        await owner.Page.UncheckAsync("#tls");
        await owner.ClickAsync("Next");
        await owner.ClickAsync("Next");

        // The user may read, and nothing more; what is missing is named, and granted while the wizard waits.
        await owner.ClickAsync("Validate again");
        await owner.SeeAsync("appendOplogNote");
        await owner.LookAsync("wizard-validation-rights");
        await RunAsync(
            stage,
            new()
            {
                { "grantRolesToUser", "mover" },
                {
                    "roles",
                    new BsonArray { "backup", "clusterMonitor" }
                },
            }
        );

        // The host is on no access list: it is put there from the wizard, and back.
        await owner.ClickAsync("Validate again");
        await owner.Page.GetByText("appendOplogNote").WaitForAsync(new() { State = WaitForSelectorState.Detached });
        await owner.SeeAsync("is on the project's access list");
        await owner.ClickAsync("Back");
        await owner.ClickAsync("+ Add IP address");
        await owner.ClickAsync("Add", isExact: true);
        await owner.SeeAsync("is on the list.");
        await owner.ClickAsync("Back to the wizard");
        await owner.Page.Locator("#destination").WaitForAsync();
        await owner.ClickAsync("Next");
        await owner.Page.FillAsync("#password-again", Password);
        await owner.Page.PressAsync("#password-again", "Tab");
        await owner.ClickAsync("Validate again");
        await owner.SeeAsync("All checks passed.");
    }

    private static Task RunAsync(WebStage stage, BsonDocument command) =>
        stage.Source.Client.GetDatabase("admin").RunCommandAsync<BsonDocument>(command, null, Cancellation);
}
