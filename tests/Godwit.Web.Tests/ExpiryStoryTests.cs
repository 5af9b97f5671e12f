using System.Net;
using System.Text.Json.Nodes;
using Godwit.Hub.Tests.Harness;
using Godwit.Hub.Web.Hosting;
using Godwit.Testing;
using Godwit.Web.Tests.Harness;
using Microsoft.Playwright;
using Shouldly;
using Xunit;

namespace Godwit.Web.Tests;

/// <summary>A migration that nobody cut over in time, on a clock of the test's own: its mail, what the mail's link leads to, and the way on from there.</summary>
public sealed class ExpiryStoryTests(Chromium chromium) : IClassFixture<Chromium>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("D06")]
    [Requirement("E04")]
    public async Task The_link_of_its_mail_leads_to_what_is_kept_and_it_goes_on_by_a_press()
    {
        await using var mailbox = new SmtpSink();
        await using var stage = await TestMigration.StartAsync(
            options => options with { Smtp = mailbox.Url },
            pages: new HubPages()
        );
        var target = new JsonObject
        {
            ["channel"] = "EMAIL",
            ["address"] = "owner@example.com",
            ["events"] = new JsonArray("CLUSTER_IMPORT_EXPIRED"),
        };
        var notifications = $"/api/godwit/v1/groups/{stage.Owner.ProjectId}/notifications";
        (await stage.SendAsync(HttpMethod.Post, notifications, target)).StatusCode.ShouldBe(HttpStatusCode.Created);
        var id = await stage.CreateAsync();
        await stage.ExpireAsync(id);
        var mail = await mailbox.ReceiveAsync(Cancellation).WaitAsync(TimeSpan.FromMinutes(3), Cancellation);
        mail.ShouldContain("shop to shop-cloud: expired");

        await using var owner = await chromium.OpenAsync(stage.Hub.Url, "the owner");
        await owner.SignInByLinkAsync(await stage.InviteAsync());
        await owner.Page.GotoAsync(MailText.LinkOf(mail));
        await owner.UntilReadyAsync();
        await owner.SeeAsync("The sync window ended without a cutover");
        await owner.SeeAsync("They are kept until");
        await owner.LookAsync("expired");
        await owner.ClickAsync("Restart the migration");
        await owner.SeeAsync("Restarted.");
        await stage.UntilAsync(async () => (await stage.OrderAsync(id))?.Goal == Contracts.Agents.MigrationGoal.Follow);
        await owner
            .Page.GetByText("The sync window ended")
            .WaitForAsync(new() { State = WaitForSelectorState.Detached });
    }
}
