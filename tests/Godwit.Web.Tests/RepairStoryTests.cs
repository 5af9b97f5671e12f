using Godwit.ControlPlane.Tests.Harness;
using Godwit.Testing;
using Godwit.Web.Tests.Harness;
using Microsoft.Playwright;
using MongoDB.Bson;
using Shouldly;
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

    [Fact]
    [Requirement("B05")]
    [Requirement("B06")]
    [Requirement("B10")]
    [Requirement("C01")]
    [Requirement("C02")]
    [Requirement("C06")]
    [Requirement("C11")]
    public async Task Shape_versions_content_options_and_authority_are_put_right_one_by_one()
    {
        using var authority = new TestAuthority("Shop");
        using var other = new TestAuthority("Somebody else");
        await using var hub = await HubProcess.StartAsync();
        await using var agent = new AgentProcess();
        await using var lonely = await SandboxProcess.StartStandaloneAsync(WebStage.SourceSecret);
        await using var legacy = await SandboxProcess.StartAsync(WebStage.SourceSecret, "--mongo-version", "7.0");
        await using var sealedShop = await SandboxProcess.StartEncryptedAsync(WebStage.SourceSecret, authority);
        await using var old = await SandboxProcess.StartAsync(WebStage.DestinationSecret, "--mongo-version", "6.0");
        await using var cloud = await SandboxProcess.StartShardedAsync(WebStage.DestinationSecret, 2);
        var shop = legacy.Client.GetDatabase("shop");
        await shop.GetCollection<BsonDocument>("orders").InsertOneAsync(new("city", "Porto"), null, Cancellation);
        await RunAsync(legacy, CompatibleWith("6.0"));

        await using var owner = await chromium.OpenAsync(hub.Url, "the owner");
        await owner.SignInByLinkAsync(await hub.SignInLinkAsync());
        await owner.MenuAsync("Links and hosts");
        await agent.LinkAsync(await owner.MakeTokenAsync(), WebStage.Host);
        await agent.AddClusterAsync("lonely", lonely.ConnectionString);
        await agent.AddClusterAsync("legacy", legacy.ConnectionString);
        await agent.AddClusterAsync("sealed", sealedShop.ConnectionString);
        await agent.StartAsync();
        await owner.ClickAsync("Done");
        await owner.RegisterClusterAsync("shop-old", old.ConnectionString);
        await owner.RegisterClusterAsync("shop-cloud", cloud.ConnectionString);
        await owner.MenuAsync("Migration");
        await owner.ClickAsync("See how it works");
        await owner.ClickAsync("I'm ready to start");
        await owner.SeeAsync("Linked.");
        await owner.ClickAsync("Next");

        // A server that belongs to no set has no oplog.
        await owner.Page.SelectOptionAsync("#source-cluster", "lonely");
        await owner.ClickAsync("Next");
        await owner.Page.SelectOptionAsync("#destination", "shop-old");
        await owner.ClickAsync("Next");
        await owner.ClickAsync("Validate");
        await owner.SeeFailureAsync("shape-source", "rs.initiate()");

        // Another source: it is newer than the destination, and has an older compatibility version.
        await owner.ClickAsync("Back");
        await owner.ClickAsync("Back");
        await owner.Page.SelectOptionAsync("#source-cluster", "legacy");
        await owner.ClickAsync("Next");
        await owner.ClickAsync("Next");
        await owner.ClickAsync("Validate again");
        await owner.SeeFailureAsync("version-pair", "");
        await owner.SeeFailureAsync("fcv-source", "setFeatureCompatibilityVersion");
        await owner.LookAsync("wizard-validation-many");
        await RunAsync(legacy, CompatibleWith("7.0"));

        // Another destination, with a shard key that has no index, a block of more than what is migrated, and a name to drop that is nowhere.
        await owner.ClickAsync("Back");
        await owner.Page.SelectOptionAsync("#destination", "shop-cloud");
        await owner.Page.CheckAsync("#shard");
        await owner.Page.FillAsync(
            "#sharding",
            """{"shardingEntries":[{"database":"shop","collection":"orders","shardCollection":{"key":[{"city":1}]}}]}"""
        );
        await owner.SeeAsync("1 collection will be sharded.");
        await owner.Page.UncheckAsync("#indexes");
        await owner.Page.CheckAsync("#block");
        await owner.Page.ClickAsync("#advanced");
        await owner.Page.FillAsync("#exclude", """[{"database":"logs"}]""");
        await owner.Page.FillAsync("#clear-namespaces", "shop.nowhere");
        await owner.ClickAsync("Next");
        await owner.ClickAsync("Validate again");
        await owner.SeeFailureAsync("sharding", "");
        await owner.SeeFailureAsync("filter", "Leave out the write block");
        await owner.SeeFailureAsync("clear-namespaces", "Correct the names");
        (await owner.Page.Locator("[data-check=version-pair] .remedy").CountAsync()).ShouldBe(0);
        await owner.ClickAsync("Back");
        await owner.Page.CheckAsync("#indexes");
        await owner.Page.UncheckAsync("#block");
        await owner.Page.FillAsync("#clear-namespaces", "");
        await owner.ClickAsync("Next");
        await owner.ClickAsync("Validate again");
        await owner.SeeAsync("All checks passed.");

        // The third is known by an authority that the file named is not of.
        await owner.ClickAsync("Back");
        await owner.Page.UncheckAsync("#shard");
        await owner.ClickAsync("Back");
        await owner.Page.SelectOptionAsync("#source-cluster", "sealed");
        await owner.Page.FillAsync("#ca-file", other.AuthorityFile);
        await owner.ClickAsync("Next");
        await owner.ClickAsync("Next");
        await owner.ClickAsync("Validate again");
        await owner.SeeFailureAsync("reachable-source", "authority");
        await owner.ClickAsync("Back");
        await owner.ClickAsync("Back");
        await owner.Page.FillAsync("#ca-file", authority.AuthorityFile);
        await owner.ClickAsync("Next");
        await owner.ClickAsync("Next");
        await owner.ClickAsync("Validate again");
        await owner.SeeAsync("All checks passed.");
    }

    private static BsonDocument CompatibleWith(string version) =>
        new() { { "setFeatureCompatibilityVersion", version }, { "confirm", true } };

    private static Task RunAsync(WebStage stage, BsonDocument command) => RunAsync(stage.Source, command);

    private static Task RunAsync(SandboxProcess cluster, BsonDocument command) =>
        cluster.Client.GetDatabase("admin").RunCommandAsync<BsonDocument>(command, null, Cancellation);
}
