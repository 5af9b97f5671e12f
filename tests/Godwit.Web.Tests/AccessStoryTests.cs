using Godwit.Testing;
using Godwit.Web.Tests.Harness;
using Shouldly;
using Xunit;

namespace Godwit.Web.Tests;

/// <summary>By clicking: the access list with what it does to a host, and service accounts.</summary>
public sealed class AccessStoryTests(Chromium chromium) : IClassFixture<Chromium>
{
    [Fact]
    [Requirement("B07")]
    [Requirement("F01")]
    public async Task Addresses_are_added_and_removed_and_a_service_account_is_shown_once()
    {
        await using var hub = await Godwit.ControlPlane.Tests.Harness.HubProcess.StartAsync();
        await using var owner = await chromium.OpenAsync(hub.Url, "the owner");
        await owner.SignInByLinkAsync(await hub.SignInLinkAsync());
        await owner.MenuAsync("Network access");
        await owner.ClickAsync("Add IP address");
        await owner.Page.FillAsync("#address", "203.0.113.0/99");
        await owner.SeeAsync("It is neither an address nor a block.");
        await owner.Page.FillAsync("#address", "203.0.113.0/24");
        await owner.Page.FillAsync("#comment", "Old data centre");
        await owner.LookAsync("network-adding");
        await owner.ClickAsync("Add", isExact: true);
        await owner.SeeAsync("203.0.113.0/24 is on the list.");
        await owner.ClickAsync("Add IP address");
        await owner.Page.FillAsync("#address", "10.0.0.0/8");
        await owner.ClickAsync("Add", isExact: true);
        await owner.ConfirmAsync("Let it in");
        await owner.SeeAsync("10.0.0.0/8 is on the list.");
        await owner.LookAsync("network-list");
        await owner.ShouldFitAsync("network-list");

        await owner.MenuAsync("Service accounts");
        await owner.ClickAsync("New service account");
        await owner.Page.FillAsync("#account-name", "prometheus");
        await owner.ClickAsync("Create", isExact: true);
        await owner.SeeAsync("The secret is shown this once.");
        await owner.LookAsync("service-account-made");
        var secret = (await owner.Page.Locator("#account-secret").InnerTextAsync()).Trim();
        await owner.ClickAsync("Done");
        await owner.Page.ReloadAsync();
        await owner.UntilReadyAsync();
        await owner.SeeAsync("prometheus");
        (await owner.Page.ContentAsync()).ShouldNotContain(secret);
        await owner.LookAsync("service-accounts-list");
    }
}
