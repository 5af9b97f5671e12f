using Godwit.ControlPlane.Tests.Harness;
using Godwit.Testing;
using Godwit.Web.Tests.Harness;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.Web.Tests;

/// <summary>A rehearsal by clicking, of a part of the source, and what it was for: production with the same choices.</summary>
public sealed class RehearsalStoryTests(Chromium chromium) : IClassFixture<Chromium>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("D09")]
    [Requirement("H09")]
    public async Task A_rehearsal_is_ended_under_writes_and_production_begins_with_its_choices()
    {
        await using var stage = await WebStage.SetAsync();
        await using var production = await SandboxProcess.StartAsync(WebStage.DestinationSecret);
        var logs = new BsonDocument("_id", "left out");
        await stage
            .Source.Client.GetDatabase("logs")
            .GetCollection<BsonDocument>("lines")
            .InsertOneAsync(logs, null, Cancellation);
        await using var owner = await chromium.OpenAsync(stage.Hub.Url, "the owner");
        await owner.SignInByLinkAsync(await stage.Hub.SignInLinkAsync());
        await owner.MenuAsync("Links and hosts");
        await stage.LinkAsync(await owner.MakeTokenAsync());
        await owner.ClickAsync("Done");
        await owner.RegisterClusterAsync("shop-cloud", production.ConnectionString);
        await owner.RegisterClusterAsync("shop-staging", stage.Destination.ConnectionString);
        await owner.ClickAsync("Migrate data to this cluster");
        await owner.SeeAsync("Linked.");
        await owner.ClickAsync("Next");
        await owner.Page.SelectOptionAsync("#source-cluster", "shop");
        await owner.ClickAsync("Next");
        await owner.Page.SelectOptionAsync("#destination", "shop-staging");
        await owner.Page.CheckAsync("#rehearsal");
        await owner.Page.ClickAsync("#advanced");
        await owner.Page.FillAsync("#exclude", """[ { "data": "logs" } ]""");
        await owner.SeeDisabledAsync("Next");
        await owner.LookAsync("wizard-advanced");
        await owner.Page.FillAsync("#exclude", """[ { "database": "logs" } ]""");
        await owner.ClickAsync("Next");
        await owner.ValidateAsync();
        stage.StartWriting();
        await owner.StartMigrationAsync();
        await owner.UntilInSyncAsync();
        await owner.LookAsync("live-rehearsal");
        await owner.ClickAsync("End the rehearsal");
        await owner.ConfirmAsync("End it");
        await owner.SeeAsync("The rehearsal on shop-staging has succeeded");
        await owner.LookAsync("rehearsed");

        await owner.ClickAsync("Now for production");
        await owner.Page.Locator("#source-cluster").WaitForAsync();
        await owner.ClickAsync("Next");
        await owner.Page.SelectOptionAsync("#destination", "shop-cloud");
        await owner.ClickAsync("Next");
        await owner.ValidateAsync();
        await owner.StartMigrationAsync();
        await owner.UntilInSyncAsync();
        await stage.StopWritingAsync();
        var there = await (await production.Client.ListDatabaseNamesAsync(Cancellation)).ToListAsync(Cancellation);
        there.ShouldContain("shop");
        there.ShouldNotContain("logs");
    }
}
