using System.Net;
using Godwit.ControlPlane.Tests.Harness;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.ControlPlane.Tests;

/// <summary>The guide from the link-token to the end of the migration, by API: Hub, migration host and both clusters in processes of their own.</summary>
public sealed class GuideByApiTests
{
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
        await using var stage = await Stage.SetAsync();
        var api = stage.Api;

        var projects = await api.GetAsync($"/api/atlas/v2/orgs/{api.OrganizationId}/liveMigrations/availableProjects");
        var deployment = projects[0]!["deployments"]![0]!;
        ((string)deployment["name"]!).ShouldBe("shop");
        ((string)deployment["mongoDBVersion"]!).ShouldStartWith("8.0");
        ((bool)deployment["sharded"]!).ShouldBeFalse();
        ((bool)deployment["managed"]!).ShouldBeTrue();

        var validation = await api.PostAsync(
            $"{api.LiveMigrations}/validate",
            stage.Request(),
            HttpStatusCode.OK,
            "2024-05-30"
        );
        ((string)validation["status"]!).ShouldBe("PENDING");
        ((string)validation["groupId"]!).ShouldBe(api.ProjectId);
        ((string)validation["sourceGroupId"]!).ShouldBe(stage.SourceProjectId);
        var validated = await api.UntilAsync(
            $"{api.LiveMigrations}/validate/{validation["_id"]}",
            one => (string)one["status"]! != "PENDING"
        );
        ((string)validated["status"]!).ShouldBe("SUCCESS", validated.ToString());
        (await api.GetAsync($"{api.Own}/validations/{validation["_id"]}"))["checks"]!
            .AsArray()
            .Count.ShouldBeGreaterThan(10);

        var id = await stage.MigrateAsync();
        using var writing = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var written = stage.WriteAsync(writing.Token);
        await stage.UntilReadyAsync(id);
        (await stage.TemporaryUsersAsync()).ShouldContain($"godwit-{id}");
        var own = await api.GetAsync($"{api.Own}/migrations/{id}");
        ((string)own["status"]!).ShouldBe("RUNNING");
        ((string)own["phase"]!).ShouldBe("IN_SYNC");
        own["deadline"].ShouldNotBeNull();

        await writing.CancelAsync();
        var count = Stage.Documents + await written;
        await stage.CutOverAsync(id);
        await stage.UntilStatusAsync(id, "COMPLETE");
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
