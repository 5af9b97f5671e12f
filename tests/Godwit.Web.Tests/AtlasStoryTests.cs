using Godwit.ControlPlane.Tests.Harness;
using Godwit.Hub.Tests.Harness;
using Godwit.Testing;
using Godwit.Web.Tests.Harness;
using Microsoft.Playwright;
using Xunit;

namespace Godwit.Web.Tests;

/// <summary>A project is connected with Atlas by clicking, and its clusters are there with what Atlas says of them.</summary>
[Requirement("A01")]
public sealed class AtlasStoryTests(Chromium chromium) : IClassFixture<Chromium>
{
    [Fact]
    public async Task Clusters_of_Atlas_are_found_after_a_wrong_key_was_put_right_and_go_again()
    {
        await using var atlas = await AtlasDouble.StartAsync();
        atlas.AddCluster("shop-atlas", "mongodb://198.51.100.7:27017/?replicaSet=atlas-a&tls=true");
        await using var hub = await HubProcess.StartAsync(atlas.Url);
        await using var owner = await chromium.OpenAsync(hub.Url, "the owner");
        await owner.SignInByLinkAsync(await hub.SignInLinkAsync());
        await owner.MenuAsync("Clusters");
        await owner.ClickAsync("Connect Atlas");
        await owner.Page.FillAsync("#atlas-group", AtlasDouble.GroupId);
        await owner.Page.FillAsync("#atlas-public", AtlasDouble.PublicKey);
        await owner.Page.FillAsync("#atlas-secret", "wrong");
        await owner.LookAsync("atlas-connect");
        await owner.ClickAsync("Connect", isExact: true);
        await owner.SeeAsync("Atlas does not know this key");
        await owner.Page.FillAsync("#atlas-secret", AtlasDouble.PrivateKey);
        await owner.ClickAsync("Connect", isExact: true);
        await owner.SeeAsync("Atlas: Shop in the cloud");
        await owner.SeeAsync("AWS EU_WEST_1");
        await owner.LookAsync("clusters-atlas");
        await owner.ClickAsync("Disconnect", isExact: true);
        await owner.ConfirmAsync("Disconnect");
        await owner.Page.GetByText("AWS EU_WEST_1").WaitForAsync(new() { State = WaitForSelectorState.Detached });
    }
}
