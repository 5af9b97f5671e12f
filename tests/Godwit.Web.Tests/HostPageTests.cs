using Godwit.Agent.Identity;
using Godwit.Agent.Inventory;
using Godwit.Agent.Local;
using Godwit.ControlPlane.Tests.Harness;
using Godwit.Testing;
using Godwit.Web.Tests.Harness;
using Xunit;

namespace Godwit.Web.Tests;

/// <summary>The page of a migration host by clicking: Connect with a token from the Hub's pages, agree, Refresh (A04).</summary>
public sealed class HostPageTests(Chromium chromium) : IClassFixture<Chromium>
{
    [Fact]
    [Requirement("A04")]
    public async Task A_person_on_the_source_side_connects_and_agrees()
    {
        await using var hub = await HubProcess.StartAsync();
        await using var owner = await chromium.OpenAsync(hub.Url, "the owner");
        await owner.SignInByLinkAsync(await hub.SignInLinkAsync());
        await owner.MenuAsync("Links and hosts");
        var token = await owner.MakeTokenAsync();

        var folder = new AgentFolder(Directory.CreateTempSubdirectory("godwit-agent-").FullName);
        try
        {
            new InventoryFile(folder).Put(new("shop", "mongodb://shop.example.com/", IsManaged: true));
            await using var page = await LocalPage.StartAsync(
                folder,
                "vm001.example.com",
                0,
                TestContext.Current.CancellationToken
            );
            await using (var person = await chromium.OpenAsync(page.Link, "somebody on the source side"))
            {
                await person.Page.GotoAsync(page.Link.ToString());
                await person.LookAsync("host-connect");
                await person.Page.FillAsync("input[name=token]", token);
                await person.ClickAsync("Connect");
                await person.SeeAsync("Linked to Main");
                await person.LookAsync("host-agree");
                await person.ClickAsync("Agree to migrations");
                await person.SeeAsync("Migrations are approved");
                await person.ClickAsync("Refresh");
                await person.SeeAsync("looked at anew");
                await person.LookAsync("host-done");
                await person.ShouldFitAsync("host-done");
            }

            await owner.SeeAsync("vm001.example.com");
        }
        finally
        {
            Directory.Delete(folder.Root, recursive: true);
        }
    }
}
