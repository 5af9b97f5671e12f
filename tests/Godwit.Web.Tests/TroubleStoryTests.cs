using Godwit.ControlPlane.Tests.Harness;
using Godwit.Hub.Tests.Harness;
using Godwit.Testing;
using Godwit.Web.Tests.Harness;
using MongoDB.Bson;
using Shouldly;
using Xunit;

namespace Godwit.Web.Tests;

/// <summary>What goes wrong, by clicking: a failure that is told by mail and found by its link, a host that is lost and another that goes on.</summary>
public sealed class TroubleStoryTests(Chromium chromium) : IClassFixture<Chromium>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("E04")]
    public async Task A_failure_is_told_by_mail_whose_link_leads_to_what_has_happened()
    {
        await using var mailbox = new SmtpSink();
        await using var stage = await WebStage.SetAsync(mailServer: mailbox.Url);
        await stage.OrdersThere.InsertOneAsync(new BsonDocument("_id", "in the way"), null, Cancellation);
        await using var owner = await chromium.OpenAsync(stage.Hub.Url, "the owner");
        await owner.SignInByLinkAsync(await stage.Hub.SignInLinkAsync());
        await owner.MenuAsync("Alerts");
        await owner.ClickAsync("Add a recipient");
        await owner.Page.FillAsync("#target-address", "owner@example.com");
        await owner.LookAsync("alerts-add");
        await owner.ClickAsync("Add", isExact: true);
        await owner.SeeAsync("owner@example.com");
        await owner.MenuAsync("Links and hosts");
        await stage.LinkAsync(await owner.MakeTokenAsync());
        await owner.ClickAsync("Done");
        await owner.RegisterClusterAsync("shop-cloud", stage.Destination.ConnectionString);
        await owner.FillWizardAsync();
        await owner.ValidateAsync();
        await owner.StartMigrationAsync();
        var mail = await mailbox.ReceiveAsync(Cancellation).WaitAsync(Patience, Cancellation);
        mail.ShouldContain("shop to shop-cloud: failed");

        await owner.Page.GotoAsync(MailText.LinkOf(mail));
        await owner.UntilReadyAsync();
        await owner.SeeAsync("The migration stopped");
        await owner.SeeAsync("DESTINATION_NAMESPACE_EXISTS");
        await owner.MenuAsync("Alerts");
        await owner.SeeAsync("Sent");
        await owner.LookAsync("alerts-sent");
    }

    [Fact]
    [Trait("Set", "Long")]
    [Requirement("D04")]
    [Requirement("H08")]
    public async Task Another_host_goes_on_by_clicking_once_the_first_is_lost()
    {
        await using var stage = await WebStage.SetAsync();
        await using var other = new AgentProcess();
        await using var owner = await chromium.OpenAsync(stage.Hub.Url, "the owner");
        await owner.SignInByLinkAsync(await stage.Hub.SignInLinkAsync());
        await owner.MenuAsync("Links and hosts");
        await stage.LinkAsync(await owner.MakeTokenAsync());
        await owner.ClickAsync("Done");
        await other.LinkAsync((await stage.Agent.RunAsync("invite")).Trim(), "vm002.example.com");
        await other.AddClusterAsync("shop", stage.Source.ConnectionString);
        await other.StartAsync();
        await owner.SeeAsync("vm002.example.com");
        await owner.RegisterClusterAsync("shop-cloud", stage.Destination.ConnectionString);
        await owner.ClickAsync("Migrate data to this cluster");
        await owner.SeeAsync("Linked.");
        await owner.ClickAsync("Next");
        await owner.Page.SelectOptionAsync("#source-cluster", "shop");
        await owner.Page.SelectOptionAsync("#host", WebStage.Host);
        await owner.SeeAsync("Standby hosts");
        await owner.LookAsync("wizard-standby");
        await owner.ClickAsync("Next");
        await owner.Page.Locator("#destination").WaitForAsync();
        await owner.ClickAsync("Next");
        await owner.ValidateAsync();
        await owner.StartMigrationAsync();
        await owner.UntilInSyncAsync();

        await stage.Agent.KillAsync();
        await stage.Orders.InsertOneAsync(new BsonDocument("_id", "after the host was lost"), null, Cancellation);
        await owner.SeeAsync("has not called since");
        await owner.LookAsync("host-lost");
        await owner.ClickAsync("Let another host go on");
        await owner.Page.SelectOptionAsync("#next-host", "vm002.example.com");
        await owner.LookAsync("host-takeover");
        await owner.ClickAsync("Take over");
        await owner.SeeAsync("Taken over by another host");
        await Condition.UntilAsync(
            async () =>
                await stage.OrdersThere.CountDocumentsAsync(
                    new BsonDocument("_id", "after the host was lost"),
                    null,
                    Cancellation
                ) == 1,
            () => "the other host does not go on",
            Patience,
            Cancellation
        );
        await owner.UntilInSyncAsync();
    }
}
