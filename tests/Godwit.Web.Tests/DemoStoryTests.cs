using Godwit.Testing;
using Godwit.Web.Tests.Harness;
using Shouldly;
using Xunit;

namespace Godwit.Web.Tests;

/// <summary>`godwit hub --demo`: one command, one address, and the whole story is there to be clicked through.</summary>
public sealed class DemoStoryTests(Chromium chromium) : IClassFixture<Chromium>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("H15")]
    public async Task The_demonstration_is_clicked_through_and_says_that_it_is_one()
    {
        await using var demo = GodwitProgram.Start("hub", "--demo", "--listen", "127.0.0.1:0");
        var line = await demo.LineAsync(
            text => text.Contains("/signIn/", StringComparison.Ordinal),
            Patience,
            Cancellation
        );
        var link = line[line.IndexOf("https://", StringComparison.Ordinal)..].Trim();
        await using var visitor = await chromium.OpenAsync(new(new Uri(link), "/"), "a visitor");
        await visitor.SignInByLinkAsync(link);
        await visitor.MenuAsync("Clusters");
        await visitor.SeeAsync("Demonstration. An application writes to both sources.");
        await visitor.SeeAsync("shop-cloud-sharded");
        await visitor.LookAsync("demo-clusters");
        await visitor.ClickAsync("Migrate data to this cluster");
        await visitor.SeeAsync("Linked.");
        await visitor.ClickAsync("Next");
        await visitor.Page.SelectOptionAsync("#source-cluster", "shop-sharded");
        await visitor.ClickAsync("Next");
        await visitor.Page.SelectOptionAsync("#destination", "shop-cloud-sharded");
        await visitor.ClickAsync("Next");
        await visitor.ValidateAsync();
        await visitor.StartMigrationAsync();
        await visitor.UntilInSyncAsync();
        await visitor.SeeAsync("Both balancers stand still.");
        await visitor.Page.GetByRole(Microsoft.Playwright.AriaRole.Heading, new() { Name = "Shards" }).WaitForAsync();
        await visitor.LookAsync("demo-live");
        await visitor.ShouldFitAsync("demo-live");
        await visitor.ClickAsync("I'm ready to cutover");
        await visitor.ClickAsync("Proceed to cutover");
        await visitor.SeeAsync("Writes still arrive at the source");
        await visitor.LookAsync("demo-cutover");
        await visitor.EscapeAsync();
        await visitor.ClickAsync("Stop its writes");
        await visitor.SeeAsync("The application has stopped writing.");
        await visitor.ClickAsync("I'm ready to cutover");
        await visitor.ClickAsync("Proceed to cutover");
        await visitor.SeeAsync("No write arrived");
        await visitor.Page.CheckAsync("#confirm-stopped");
        await visitor.ClickAsync("Finalize migration");
        await visitor.SeeAsync("The destination is the truth now.");
        await visitor.ConfirmAsync("Connect to your new cluster");
        await visitor.SeeAsync("You have successfully migrated to shop-cloud-sharded");
        (await visitor.Page.GetByText("Both balancers stand still.").CountAsync()).ShouldBe(0);
        await visitor.LookAsync("demo-success");
        await visitor.ShouldFitAsync("demo-success");
    }
}
