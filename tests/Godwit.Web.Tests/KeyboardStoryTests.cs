using Godwit.Testing;
using Godwit.Web.Tests.Harness;
using Microsoft.Playwright;
using Shouldly;
using Xunit;

namespace Godwit.Web.Tests;

/// <summary>The whole story without a mouse: everything is reached by Tab, pressed by Enter or Space, and it is seen where one is.</summary>
public sealed class KeyboardStoryTests(Chromium chromium) : IClassFixture<Chromium>
{
    [Fact]
    [Requirement("B10")]
    [Requirement("E01")]
    public async Task From_the_sign_in_to_the_end_of_the_cutover_by_keys_alone()
    {
        await using var stage = await WebStage.SetAsync();
        await using var owner = await chromium.OpenAsync(stage.Hub.Url, "the owner");
        var keys = owner.Page.Keyboard;
        await owner.Page.GotoAsync(await stage.Hub.SignInLinkAsync());
        await owner.TabAndEnterAsync("Sign in");
        await owner.UntilReadyAsync();

        await owner.TabAndEnterAsync("Links and hosts");
        await owner.Page.Locator("h1:text-is('Links and hosts')").WaitForAsync();
        (await owner.Page.EvaluateAsync<string>("document.activeElement.tagName")).ShouldBe("H1");
        await owner.TabAndEnterAsync("Skip to the content");
        await owner.TabAndEnterAsync("Generate link-token");
        await owner.TabAndEnterAsync("Next");
        await owner.SeeAsync("It is shown this once.");
        await stage.LinkAsync((await owner.Page.Locator("#link-token").InnerTextAsync()).Trim());
        await owner.TabAndEnterAsync("Done");

        await owner.TabAndEnterAsync("Clusters");
        await owner.TabAndEnterAsync("Register a cluster");
        await owner.TabToAsync("Name");
        await keys.TypeAsync("shop-cloud");
        await owner.TabToAsync("Connection string");
        await keys.InsertTextAsync(stage.Destination.ConnectionString);
        await owner.TabAndEnterAsync("Register");
        await owner.SeeAsync("shop-cloud is registered.");
        await owner.TabAndEnterAsync("Migrate data to this cluster");
        await owner.SeeAsync("Linked.");
        await owner.TabAndEnterAsync("Next");
        await owner.TabToAsync("Source cluster");
        await keys.TypeAsync("shop");
        await owner.TabAndEnterAsync("Next");
        await owner.Page.Locator("#destination").WaitForAsync();
        await owner.TabAndEnterAsync("Next");
        await owner.TabAndEnterAsync("Validate");
        await owner.SeeAsync("All checks passed.");
        if (await owner.Page.Locator("#read").IsVisibleAsync())
        {
            await owner.TabToAsync("I have read the warnings");
            await keys.PressAsync("Space");
        }

        await owner.TabAndEnterAsync("Next");
        await owner.TabAndEnterAsync("Start the migration");
        await owner.UntilInSyncAsync();
        await owner.TabAndEnterAsync("I'm ready to cutover");
        await owner.Page.GetByRole(AriaRole.Dialog).WaitForAsync();
        await owner.EscapeAsync();
        await owner.TabAndEnterAsync("I'm ready to cutover");
        await owner.TabAndEnterAsync("Proceed to cutover");
        await owner.SeeAsync("No write arrived");
        await owner.TabToAsync("I confirm that I've stopped writes to my source cluster");
        await keys.PressAsync("Space");
        await owner.TabAndEnterAsync("Finalize migration");
        await owner.SeeAsync("The destination is the truth now.");
        await owner.TabAndEnterAsync("Connect to your new cluster");
        await owner.SeeAsync("You have successfully migrated to shop-cloud");
    }
}
