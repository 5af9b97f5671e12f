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
    [Requirement("E05")]
    [Requirement("E09")]
    [Requirement("H03")]
    public async Task Sides_are_compared_again_the_source_is_opened_and_the_migration_is_turned_round()
    {
        await using var stage = await WebStage.SetAsync();
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
