using System.IO.Compression;
using System.Net;
using Godwit.Contracts.Agents;
using Godwit.Hub.Tests.Harness;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Hub.Tests;

/// <summary>What those get who watch over the Hub, or help with a migration.</summary>
public sealed class SupportTests : IAsyncLifetime
{
    private TestMigration stage = null!;
    private string id = "";

    public async ValueTask InitializeAsync()
    {
        stage = await TestMigration.StartAsync(missesHosts: true);
        id = await stage.CreateAsync();
    }

    public ValueTask DisposeAsync() => stage.DisposeAsync();

    [Fact]
    [Requirement("F04")]
    public async Task Metrics_name_every_migration_and_host_as_Prometheus_reads_them()
    {
        await stage.SyncAsync(id);
        var answer = await stage.SendAsync(HttpMethod.Get, $"/api/godwit/v1/orgs/{stage.Owner.OrganizationId}/metrics");
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/plain");
        var lines = (await answer.Content.ReadAsStringAsync(TestHub.Cancellation)).Split('\n');
        var labels = $"{{migration=\"{id}\",group=\"{stage.Owner.ProjectId}\"}}";
        lines.ShouldContain($"godwit_migration_ready_for_cutover{labels} 1");
        lines.ShouldContain($"godwit_migration_lag_seconds{labels} 0.4");
        lines.ShouldContain($"godwit_migration_documents_copied_total{labels} 10");
        lines.ShouldContain($"godwit_host_connected{{host=\"{TestMigration.HostName}\"}} 1");
        lines.ShouldContain("# TYPE godwit_migration_documents_copied_total counter");
    }

    [Fact]
    [Requirement("F04")]
    [Requirement("H08")]
    public async Task Metrics_name_what_each_host_of_a_shared_migration_does()
    {
        await stage.ReportAsync(
            id,
            MigrationActivity.Running,
            hosts:
            [
                new(TestMigration.HostName, true, null, 70, null, 1, null, 7000),
                new("vm002", false, 3, 30, 20, 2, "connection refused", 3000, 4, 50, 5000),
            ]
        );
        var answer = await stage.SendAsync(HttpMethod.Get, $"/api/godwit/v1/orgs/{stage.Owner.OrganizationId}/metrics");
        var lines = (await answer.Content.ReadAsStringAsync(TestHub.Cancellation)).Split('\n');
        var first = $"{{migration=\"{id}\",host=\"{TestMigration.HostName}\"}}";
        var second = $"{{migration=\"{id}\",host=\"vm002\"}}";
        lines.ShouldContain($"godwit_migration_host_leads{first} 1");
        lines.ShouldContain($"godwit_migration_host_bytes_copied_total{first} 7000");
        lines.ShouldContain($"godwit_migration_host_leads{second} 0");
        lines.ShouldContain($"godwit_migration_host_ranges{second} 3");
        lines.ShouldContain($"godwit_migration_host_documents_copied_total{second} 30");
        lines.ShouldContain($"godwit_migration_host_bytes_copied_total{second} 3000");
        lines.ShouldContain($"godwit_migration_host_documents_compared_total{second} 20");
        lines.ShouldContain($"godwit_migration_host_change_streams{second} 4");
        lines.ShouldContain($"godwit_migration_host_changes_written_total{second} 50");
        lines.ShouldContain($"godwit_migration_host_change_bytes_written_total{second} 5000");
        lines.ShouldContain($"godwit_migration_host_starts_total{second} 2");
        lines.ShouldContain($"godwit_migration_host_faulty{second} 1");
    }

    [Fact]
    [Requirement("E06")]
    public async Task A_support_bundle_holds_state_events_host_checks_and_log_and_no_sealed_secret()
    {
        var failure = new ReportedFailure("SourceHistoryChanged", "mongodb://u:planted-Secret@h/ was restored.", "");
        await stage.ReportAsync(id, MigrationActivity.Failed, failure: failure);
        var answer = await stage.SendAsync(HttpMethod.Get, $"{stage.Own}/{id}/support");
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        await using var archive = new ZipArchive(await answer.Content.ReadAsStreamAsync(TestHub.Cancellation));
        var texts = new Dictionary<string, string>();
        foreach (var entry in archive.Entries)
        {
            using var reader = new StreamReader(await entry.OpenAsync(TestHub.Cancellation));
            texts[entry.Name] = await reader.ReadToEndAsync(TestHub.Cancellation);
        }

        texts.Keys.ShouldBe(
            [
                "versions.json",
                "migration.json",
                "request.json",
                "events.json",
                "host.json",
                "validations.json",
                "hub.log",
            ],
            ignoreOrder: true
        );
        texts["events.json"].ShouldContain("CLUSTER_IMPORT_FAILED");
        texts["host.json"].ShouldContain(TestMigration.HostName);
        texts.Values.ShouldAllBe(text => !text.Contains("planted-Secret"));
        texts["request.json"].ShouldContain("\"sealedPassword\": null");
    }

    [Fact]
    [Requirement("F01")]
    public async Task Every_answer_says_how_many_requests_are_left_and_too_many_are_refused_until_the_minute_is_over()
    {
        await stage.DisposeAsync();
        stage = await TestMigration.StartAsync();
        await using var hub = await TestHub.StartAsync(options => options with { RequestsPerMinute = 3 });
        using var client = hub.Anonymous();
        for (var left = 2; left >= 0; left--)
        {
            var answer = await client.GetAsync("/", TestHub.Cancellation);
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
            answer.Headers.GetValues("RateLimit-Limit").ShouldBe(["3"]);
            answer.Headers.GetValues("RateLimit-Remaining").ShouldBe([$"{left}"]);
        }

        var refused = await client.GetAsync("/", TestHub.Cancellation);
        refused.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        (await TestHub.CodeAsync(refused)).ShouldBe("RATE_LIMITED");
        refused.Headers.RetryAfter!.Delta!.Value.ShouldBeInRange(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
        hub.Time.Advance(TimeSpan.FromMinutes(1));
        (await client.GetAsync("/", TestHub.Cancellation)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }
}
