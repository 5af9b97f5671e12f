using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Godwit.Contracts.Agents;
using Godwit.Hub.Notifications;
using Godwit.Hub.Tests.Harness;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Hub.Tests;

/// <summary>Mails and webhooks: queued with what they tell of, signed, tried again, and kept as a log (E04, F04).</summary>
public sealed class NotificationTests : IAsyncLifetime
{
    private readonly HttpListener receiver = new();
    private TestMigration stage = null!;
    private string address = "";

    private string Path => $"/api/godwit/v1/groups/{stage.Owner.ProjectId}/notifications";

    public async ValueTask InitializeAsync()
    {
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            address = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/";
        }

        receiver.Prefixes.Add(address);
        stage = await TestMigration.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        receiver.Close();
        await stage.DisposeAsync();
    }

    [Fact]
    [Requirement("E04")]
    [Requirement("F04")]
    public async Task A_failure_is_told_to_a_webhook_with_a_signature_and_again_until_it_is_taken()
    {
        var target = await AddAsync("WEBHOOK", address);
        var secret = (string)target["secret"]!;
        await FailAsync();

        // Nobody listens yet.
        await stage.UntilAsync(async () => (int)(await DeliveryAsync())["attempts"]! == 1);
        ((string)(await DeliveryAsync())["state"]!).ShouldBe("WAITING");
        receiver.Start();
        var receiving = receiver.GetContextAsync();
        await stage.UntilAsync(() =>
        {
            stage.Hub.Time.Advance(TimeSpan.FromMinutes(1));
            return Task.FromResult(receiving.IsCompleted);
        });
        var received = await receiving;
        using var reader = new StreamReader(received.Request.InputStream);
        var body = await reader.ReadToEndAsync(TestHub.Cancellation);
        received.Response.Close();
        ((string)JsonNode.Parse(body)!["eventTypeName"]!).ShouldBe("CLUSTER_IMPORT_FAILED");
        body.ShouldContain("The source was restored.");
        var stamp = received.Request.Headers[WebhookSender.TimeHeader]!;
        received.Request.Headers[WebhookSender.SignatureHeader].ShouldBe(WebhookSender.Sign(secret, stamp, body));
        await stage.UntilAsync(async () => (string)(await DeliveryAsync())["state"]! == "SENT");
        var listed = await TestHub.ReadAsync(await stage.SendAsync(HttpMethod.Get, Path));
        listed.ToString().ShouldNotContain(secret);
    }

    [Fact]
    [Requirement("E04")]
    public async Task A_failure_is_told_by_mail_in_plain_text_and_HTML()
    {
        await using var mailbox = new SmtpSink();
        await stage.DisposeAsync();
        stage = await TestMigration.StartAsync(options => options with { Smtp = mailbox.Url });
        await AddAsync("EMAIL", "owner@example.com");
        await FailAsync();
        var mail = await mailbox.ReceiveAsync(TestHub.Cancellation);
        mail.ShouldContain("Subject: Live Migration: shop to shop-cloud: failed");
        mail.ShouldContain("To: owner@example.com");
        mail.ShouldContain("text/plain");
        mail.ShouldContain("text/html");
        mail.ShouldContain("The source was restored.");
        // It leads to the results, in both forms.
        var link = $"{stage.Hub.Url}projects/{stage.Owner.ProjectId}/migrations/";
        Unfolded(mail).ShouldContain($"See it here: {link}");
        Unfolded(mail).ShouldContain($"<a href=\"{link}");
    }

    [Fact]
    [Requirement("E06")]
    public async Task A_request_for_support_goes_to_the_address_of_the_Hub_with_what_is_known_of_the_migration()
    {
        await using var mailbox = new SmtpSink();
        await stage.DisposeAsync();
        stage = await TestMigration.StartAsync(options =>
            options with
            {
                Smtp = mailbox.Url,
                SupportAddress = "help@example.com",
            }
        );
        var id = await stage.CreateAsync();
        var requests = $"/api/godwit/v1/groups/{stage.Owner.ProjectId}/supportRequests";
        var wrong = await stage.SendAsync(HttpMethod.Post, requests, new JsonObject { ["priority"] = "LOW" });
        (await TestHub.CodeAsync(wrong)).ShouldBe("VALIDATION_ERROR");
        var request = new JsonObject
        {
            ["liveMigrationId"] = id,
            ["priority"] = "HIGH",
            ["summary"] = "Live Migration: it does not begin",
            ["details"] = "Since this morning.",
        };
        var sent = await stage.SendAsync(HttpMethod.Post, requests, request);
        sent.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        var mail = Unfolded(await mailbox.ReceiveAsync(TestHub.Cancellation));
        mail.ShouldContain("To: help@example.com");
        mail.ShouldContain("Help with live migration, HIGH priority");
        mail.ShouldContain("Since this morning.");
        mail.ShouldContain(id);
    }

    [Fact]
    [Requirement("E06")]
    public async Task A_Hub_without_an_address_for_support_says_so()
    {
        var requests = $"/api/godwit/v1/groups/{stage.Owner.ProjectId}/supportRequests";
        var refused = await stage.SendAsync(HttpMethod.Post, requests, new JsonObject { ["priority"] = "HIGH" });
        (await TestHub.CodeAsync(refused)).ShouldBe("SUPPORT_ADDRESS_MISSING");
    }

    /// <summary>As it was before it was encoded, if it was: long lines put together again.</summary>
    private static string Unfolded(string mail) =>
        mail.Replace("=\r\n", "", StringComparison.Ordinal)
            .Replace("=\n", "", StringComparison.Ordinal)
            .Replace("=3D", "=", StringComparison.Ordinal);

    [Fact]
    public async Task A_target_hears_only_of_what_it_asked_for()
    {
        await AddAsync("WEBHOOK", address, "CLUSTER_IMPORT_COMPLETED");
        await FailAsync();
        (await DeliveriesAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_webhook_does_not_reach_networks_that_are_not_public_unless_they_are_allowed()
    {
        await stage.DisposeAsync();
        stage = await TestMigration.StartAsync(options => options with { AllowedNetworks = [] });
        await AddAsync("WEBHOOK", "http://169.254.169.254/latest/meta-data");
        await AddAsync("WEBHOOK", address);
        await FailAsync();
        await stage.UntilAsync(async () => (await DeliveriesAsync()).All(one => (int)one!["attempts"]! == 1));
        (await DeliveriesAsync()).ShouldAllBe(one => ((string)one!["lastError"]!).Contains("not a public address"));
    }

    [Theory]
    [InlineData("channel", "PIGEON", "https://example.com")]
    [InlineData("address", "WEBHOOK", "file:///etc/passwd")]
    [InlineData("address", "EMAIL", "nobody")]
    public async Task A_target_that_cannot_be_reached_at_all_is_refused(string field, string channel, string where)
    {
        var answer = await SendAsync(channel, where);
        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await TestHub.ReadAsync(answer))["badRequestDetail"]!["fields"]![0]!["field"]!.ToString().ShouldBe(field);
    }

    private async Task FailAsync()
    {
        var id = await stage.CreateAsync();
        var failure = new ReportedFailure("SourceHistoryChanged", "The source was restored.", "Compare all.");
        await stage.ReportAsync(id, MigrationActivity.Failed, failure: failure);
    }

    private Task<HttpResponseMessage> SendAsync(string channel, string where, params string[] events) =>
        stage.SendAsync(
            HttpMethod.Post,
            Path,
            new JsonObject
            {
                ["channel"] = channel,
                ["address"] = where,
                ["events"] = new JsonArray([.. events.Select(one => (JsonNode)one)]),
            }
        );

    private async Task<JsonNode> AddAsync(string channel, string where, params string[] events)
    {
        var answer = await SendAsync(channel, where, events);
        answer.StatusCode.ShouldBe(HttpStatusCode.Created);
        return await TestHub.ReadAsync(answer);
    }

    private async Task<JsonArray> DeliveriesAsync() =>
        (await TestHub.ReadAsync(await stage.SendAsync(HttpMethod.Get, $"{Path}/deliveries")))["results"]!.AsArray();

    private async Task<JsonNode> DeliveryAsync() => (await DeliveriesAsync()).Single()!;
}
