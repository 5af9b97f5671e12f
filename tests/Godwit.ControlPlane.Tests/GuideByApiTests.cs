using System.Net;
using System.Text.Json.Nodes;
using Godwit.ControlPlane.Tests.Harness;
using Godwit.Hub.Tests.Harness;
using Godwit.Testing;
using MongoDB.Bson;
using Shouldly;
using Xunit;

namespace Godwit.ControlPlane.Tests;

/// <summary>The guide from the link-token to the end of the migration, by API: Hub, migration host and both clusters in processes of their own.</summary>
public sealed class GuideByApiTests
{
    private const string Loopback = "127.0.0.0/8";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Set", "Walk")]
    [Requirement("A01")]
    [Requirement("A07")]
    [Requirement("A10")]
    [Requirement("D02")]
    [Requirement("E01")]
    [Requirement("E02")]
    [Requirement("F01")]
    public async Task A_migration_is_linked_validated_run_under_writes_cut_over_and_leaves_nothing_behind()
    {
        await using var mailbox = new SmtpSink();
        await using var stage = await Stage.SetWithMailAsync(mailbox.Url);
        var api = stage.Api;
        _ = await api.PostAsync(
            $"{api.Own}/notifications",
            new
            {
                channel = "EMAIL",
                address = "ops@example.com",
                events = new[] { "LIVE_MIGRATION_READY_FOR_CUTOVER", "CLUSTER_IMPORT_COMPLETED" },
            },
            HttpStatusCode.Created,
            ""
        );

        var projects = await api.GetAsync($"/api/atlas/v2/orgs/{api.OrganizationId}/liveMigrations/availableProjects");
        var deployment = projects[0]!["deployments"]![0]!;
        ((string)deployment["name"]!).ShouldBe("shop");
        ((string)deployment["mongoDBVersion"]!).ShouldStartWith("8.0");
        ((bool)deployment["sharded"]!).ShouldBeFalse();
        ((bool)deployment["managed"]!).ShouldBeTrue();

        // The host is not let in, says the validation; then somebody who may lets it in.
        using var manager = await stage.ProjectOwnerAsync();
        var accessList = $"/api/atlas/v2/groups/{api.ProjectId}/accessList";
        _ = await manager.PostAsync(
            accessList,
            new[] { new { cidrBlock = "203.0.113.0/24" } },
            HttpStatusCode.OK,
            "2023-01-01"
        );
        var outside = await ValidateAsync(stage);
        ((string)outside["status"]!).ShouldBe("FAILED");
        ((string)outside["errorMessage"]!).ShouldContain("+ Add IP address");
        _ = await manager.PostAsync(
            accessList,
            new[] { new { cidrBlock = Loopback } },
            HttpStatusCode.OK,
            "2023-01-01"
        );
        var (gone, _) = await manager.SendAsync(HttpMethod.Delete, $"{accessList}/203.0.113.0%2F24");
        gone.ShouldBe(HttpStatusCode.NoContent);
        var validated = await ValidateAsync(stage);
        ((string)validated["status"]!).ShouldBe("SUCCESS", validated.ToString());
        var checks = (await api.GetAsync($"{api.Own}/validations/{validated["_id"]}"))["checks"]!.AsArray();
        checks.Count.ShouldBeGreaterThan(10);
        checks.ShouldAllBe(one => (string)one!["state"]! == "PASSED" || ((string)one["remedy"]!).Length > 0);

        var id = await stage.MigrateAsync();
        using var writing = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var written = stage.WriteAsync(writing.Token);
        await stage.UntilReadyAsync(id);
        (await stage.TemporaryUsersAsync()).ShouldContain($"godwit-{id}");
        (await LetInFromAsync(stage, id)).ShouldBe([Loopback]);
        var inSync = await mailbox.ReceiveAsync(Cancellation);
        inSync.ShouldContain("ops@example.com");
        inSync.ShouldContain("in sync, ready for cutover");
        var own = await api.GetAsync($"{api.Own}/migrations/{id}");
        ((string)own["status"]!).ShouldBe("RUNNING");
        ((string)own["phase"]!).ShouldBe("IN_SYNC");
        ((DateTimeOffset)own["deadline"]! - (DateTimeOffset)own["inSyncSince"]!).ShouldBe(TimeSpan.FromHours(120));

        await writing.CancelAsync();
        var count = Stage.Documents + await written;
        await stage.CutOverAsync(id);
        await stage.UntilStatusAsync(id, "COMPLETE");
        (await mailbox.ReceiveAsync(Cancellation)).ShouldContain("complete");
        await stage.ShouldBeIdenticalAsync(count);
        (await stage.TemporaryUsersAsync()).ShouldBeEmpty();
        var report = await api.GetAsync($"{api.Own}/migrations/{id}/report");
        ((string)report["verdict"]!["text"]!).ShouldBe("identical");
        var events = await api.GetAsync($"{api.Own}/migrations/{id}/events");
        TestContext.Current.TestOutputHelper?.WriteLine($"{events}\n{stage.Agent.Log}");
        events["results"]!
            .AsArray()
            .Select(one => (string)one!["eventTypeName"]!)
            .Reverse()
            .ShouldBe([
                "CLUSTER_IMPORT_STARTED",
                "LIVE_MIGRATION_READY_FOR_CUTOVER",
                "CLUSTER_IMPORT_CUTOVER",
                "CLUSTER_IMPORT_COMPLETED",
            ]);
        ShouldHoldNoSecrets(stage, events.ToString(), own.ToString(), report.ToString());
    }

    private static async Task<JsonNode> ValidateAsync(Stage stage)
    {
        var api = stage.Api;
        var validation = await api.PostAsync(
            $"{api.LiveMigrations}/validate",
            stage.Request(),
            HttpStatusCode.OK,
            "2024-05-30"
        );
        ((string)validation["status"]!).ShouldBe("PENDING");
        ((string)validation["groupId"]!).ShouldBe(api.ProjectId);
        ((string)validation["sourceGroupId"]!).ShouldBe(stage.SourceProjectId);
        return await api.UntilAsync(
            $"{api.LiveMigrations}/validate/{validation["_id"]}",
            one => (string)one["status"]! != "PENDING"
        );
    }

    /// <summary>Addresses that the migration's user may log in from.</summary>
    private static async Task<IReadOnlyList<string>> LetInFromAsync(Stage stage, string id)
    {
        var ask = new BsonDocument { { "usersInfo", $"godwit-{id}" }, { "showAuthenticationRestrictions", true } };
        var reply = await stage
            .Destination.Client.GetDatabase("admin")
            .RunCommandAsync<BsonDocument>(ask, cancellationToken: Cancellation);
        return
        [
            .. reply["users"]
                [0]["authenticationRestrictions"]
                .AsBsonArray.SelectMany(one => one["clientSource"].AsBsonArray)
                .Select(one => one.AsString),
        ];
    }

    private static void ShouldHoldNoSecrets(Stage stage, params string[] answers)
    {
        string[] secrets = [Stage.SourceSecret, Stage.DestinationSecret, stage.Api.PrivateKey];
        foreach (
            var text in (string[])
                [.. answers, stage.Hub.Log, stage.Agent.Log, .. HubFolder.Read(stage.Hub.Folder).Values]
        )
        {
            text.ShouldNotBeEmpty();
            foreach (var secret in secrets)
            {
                text.Contains(secret, StringComparison.Ordinal).ShouldBeFalse("a secret stands in the clear");
            }
        }
    }
}
