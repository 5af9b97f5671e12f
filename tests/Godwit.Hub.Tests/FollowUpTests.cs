using Godwit.Contracts.Agents;
using Godwit.Hub.Migrations;
using Godwit.Hub.Requests;
using Godwit.Hub.Tests.Harness;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Hub.Tests;

/// <summary>What may be asked of a migration that has ended (P13), and what of one whose host is away.</summary>
public sealed class FollowUpTests : IAsyncLifetime
{
    private const string Found = """{"identical":false,"collections":2,"documents":5}""";
    private TestMigration stage = null!;
    private string id = "";

    public async ValueTask InitializeAsync()
    {
        stage = await TestMigration.StartAsync(missesHosts: true);
        id = await stage.CreateAsync();
    }

    public ValueTask DisposeAsync() => stage.DisposeAsync();

    [Fact]
    [Requirement("E05")]
    public async Task A_complete_migration_is_compared_again_and_stays_what_it_is()
    {
        (await stage.ActAsync(id, "verify")).ShouldBe("LIVE_MIGRATION_NOT_ENDED");
        await CompleteAsync();
        (await stage.ActAsync(id, "verify")).ShouldBeNull();
        var asked = await stage.GetOwnAsync(id);
        ((string)asked["status"]!).ShouldBe("COMPLETE");
        ((string)asked["followUp"]!["status"]!).ShouldBe("RUNNING");
        ((string)(await stage.GetAsync(id))["status"]!).ShouldBe("COMPLETE");
        (await stage.ActAsync(id, "verify")).ShouldBe("LIVE_MIGRATION_NOT_ENDED");
        (await stage.OrderAsync(id))!.Goal.ShouldBe(MigrationGoal.Verify);

        await stage.ReportAsync(id, MigrationActivity.Running);
        await stage.ReportAsync(id, MigrationActivity.FollowedUp, report: Found);
        var told = await stage.GetOwnAsync(id);
        ((string)told["followUp"]!["status"]!).ShouldBe("DONE");
        ((long)told["followUp"]!["result"]!["documents"]!).ShouldBe(5);
        (told["ended"]!.ToString(), (string)told["progress"]!["phase"]!).ShouldBe((asked["ended"]!.ToString(), "DONE"));
        (await stage.OrderAsync(id)).ShouldBeNull();
        (await stage.EventsAsync(id))
            .TakeLast(2)
            .ShouldBe(["LIVE_MIGRATION_VERIFICATION_REQUESTED", "LIVE_MIGRATION_VERIFIED"]);
    }

    [Fact]
    [Requirement("E05")]
    public async Task What_a_host_cannot_do_is_said_and_a_host_that_is_away_does_not_keep_the_destination_taken()
    {
        await CompleteAsync();
        _ = await stage.ActAsync(id, "verify");
        await stage.ReportAsync(
            id,
            MigrationActivity.Failed,
            failure: new("NOT_COMPARED", "not authorized", "Grant it.")
        );
        ((string)(await stage.GetOwnAsync(id))["followUp"]!["failure"]!["code"]!).ShouldBe("NOT_COMPARED");

        (await stage.ActAsync(id, "verify")).ShouldBeNull();
        stage.Hub.Time.Advance(TimeSpan.FromMinutes(1));
        await stage.UntilAsync(async () => (await stage.GetOwnAsync(id))["hostAwaySince"] is not null);
        stage.Hub.Time.Advance(TimeSpan.FromMinutes(11));
        await stage.UntilAsync(async () => FollowUpCode(await stage.GetOwnAsync(id)) == "MIGRATION_HOST_AWAY");
        ((string)(await stage.GetOwnAsync(id))["status"]!).ShouldBe("COMPLETE");
        _ = await stage.CreateAsync();
    }

    [Fact]
    [Requirement("E07")]
    public async Task Users_are_given_only_to_a_cluster_that_wants_some()
    {
        (await stage.ActAsync(id, "copyUsers")).ShouldBe("LIVE_MIGRATION_NOT_ENDED");
        await CompleteAsync();
        (await stage.ActAsync(id, "copyUsers")).ShouldBe("LIVE_MIGRATION_GIVES_NO_USERS");
    }

    [Fact]
    [Requirement("E07")]
    public void Users_that_were_asked_for_with_the_migration_are_given_once_it_is_cut_over()
    {
        var plan = new MigrationPlan(
            new("shop", "source", null, null, false, null),
            "org",
            "host",
            "vm1",
            "cluster",
            "shop-cloud",
            HasUsers: true,
            BlocksSource: false,
            AcceptsVersion: false,
            CopiesUsers: true
        );
        var now = DateTimeOffset.UnixEpoch;
        var removing = new MigrationState
        {
            Id = "migration",
            Plan = plan,
            Stage = MigrationStage.Removing,
            Outcome = MigrationOutcome.Complete,
            SealedPassword = "sealed",
            CreatedAt = now,
        };

        var ended = MigrationLife.Removed(removing, now);
        ended.Happened.ShouldBe("CLUSTER_IMPORT_COMPLETED");
        (ended.State.EndedAt, ended.State.Goal, ended.State.FollowUp!.Goal).ShouldBe(
            (now, MigrationGoal.TellUsers, MigrationGoal.TellUsers)
        );
        // A host that has been told to forget it takes it for a newer order.
        ended.State.Revision.ShouldBe(removing.Revision + 2);

        foreach (var other in new[] { MigrationOutcome.Cancelled, MigrationOutcome.Failed, MigrationOutcome.Expired })
        {
            var without = MigrationLife.Removed(removing with { Outcome = other }, now).State;
            (without.Stage, without.FollowUp).ShouldBe((MigrationStage.Ended, null));
        }
    }

    [Fact]
    [Requirement("A06")]
    public async Task A_host_of_an_earlier_version_is_asked_for_nothing_that_it_does_not_know()
    {
        await CompleteAsync();
        stage.Abilities = null;
        _ = await stage.ExchangeAsync();
        (await stage.ActAsync(id, "copyUsers")).ShouldBe("MIGRATION_HOST_OUTDATED");
        (await stage.ActAsync(id, "verify")).ShouldBeNull();
    }

    [Fact]
    [Requirement("E09")]
    public async Task The_sources_block_is_lifted_only_where_the_migration_was_to_put_one()
    {
        await CompleteAsync();
        (await stage.ActAsync(id, "unblockSource")).ShouldBe("LIVE_MIGRATION_BLOCKS_NOTHING");

        id = await stage.CreateBlockingAsync();
        (await stage.ActAsync(id, "unblockSource")).ShouldBe("LIVE_MIGRATION_NOT_ENDED");
        await CompleteAsync();
        (await stage.ActAsync(id, "unblockSource")).ShouldBeNull();
        (await stage.OrderAsync(id))!.Goal.ShouldBe(MigrationGoal.UnblockSource);
        await stage.ReportAsync(id, MigrationActivity.FollowedUp);
        (await stage.EventsAsync(id)).ShouldContain("LIVE_MIGRATION_SOURCE_UNBLOCKED");
        ((string)(await stage.GetOwnAsync(id))["followUp"]!["action"]!).ShouldBe("unblockSource");
    }

    [Fact]
    [Requirement("E09")]
    public async Task A_source_that_a_failed_cutover_has_left_blocked_is_opened_and_the_migration_restarted_after_it()
    {
        id = await stage.CreateBlockingAsync();
        await stage.SyncAsync(id);
        _ = await stage.ActAsync(id, "cutover");
        await stage.ReportAsync(id, MigrationActivity.Failed, "FINALISING", failure: new("HISTORY", "lost", "restart"));
        (await stage.ActAsync(id, "verify")).ShouldBe("LIVE_MIGRATION_NOT_COMPLETE");
        (await stage.ActAsync(id, "unblockSource")).ShouldBeNull();
        ((string)(await stage.GetOwnAsync(id))["status"]!).ShouldBe("FAILED");
        (await stage.ActAsync(id, "restart")).ShouldBe("LIVE_MIGRATION_NOT_RESTARTABLE");
        await stage.ReportAsync(id, MigrationActivity.FollowedUp);
        (await stage.ActAsync(id, "restart")).ShouldBeNull();
        (await stage.OrderAsync(id))!.Goal.ShouldBe(MigrationGoal.Follow);
        (await stage.GetOwnAsync(id))["followUp"].ShouldBeNull();
    }

    [Fact]
    [Requirement("E01")]
    public async Task No_cutover_is_taken_while_the_host_is_away()
    {
        await stage.SyncAsync(id);
        ((bool)(await stage.GetAsync(id))["readyForCutover"]!).ShouldBeTrue();
        stage.Hub.Time.Advance(TimeSpan.FromMinutes(1));
        await stage.UntilAsync(async () => (await stage.GetOwnAsync(id))["hostAwaySince"] is not null);
        ((bool)(await stage.GetAsync(id))["readyForCutover"]!).ShouldBeFalse();
        (await stage.ActAsync(id, "cutover")).ShouldBe("MIGRATION_HOST_AWAY");

        await stage.SyncAsync(id);
        await stage.UntilAsync(async () => (await stage.GetOwnAsync(id))["hostAwaySince"] is null);
        (await stage.ActAsync(id, "cutover")).ShouldBeNull();
        (await stage.EventsAsync(id)).ShouldContain("LIVE_MIGRATION_HOST_BACK");
    }

    private async Task CompleteAsync()
    {
        await stage.SyncAsync(id);
        (await stage.ActAsync(id, "cutover")).ShouldBeNull();
        await stage.ReportAsync(id, MigrationActivity.Committed, "DONE", report: "{}");
        ((string)(await stage.GetOwnAsync(id))["status"]!).ShouldBe("COMPLETE");
    }

    private static string? FollowUpCode(System.Text.Json.Nodes.JsonNode migration) =>
        (string?)migration["followUp"]?["failure"]?["code"];
}
