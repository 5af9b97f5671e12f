using Godwit.Engine;
using Godwit.Sync;
using Godwit.Sync.Api;
using Godwit.Sync.Running;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Cli.Tests.Sync;

/// <summary>The fields of <c>progress</c> have mongosync's names, types and meaning.</summary>
public sealed class ProgressDocumentTests
{
    private static readonly MigrationProgress Copying = new()
    {
        Phase = MigrationPhase.Copying,
        BytesCopied = 400,
        BytesKept = 100,
        BytesEstimated = 1000,
        EventsApplied = 42,
        Lag = TimeSpan.FromSeconds(7),
        HistoryLeft = TimeSpan.FromHours(12.5),
        VerifiedShare = 0.5,
        Collections = [new(new("shop", "orders"), 9, 5, 1000, 500, IsCopied: false, IsVerified: false)],
    };

    private static readonly SyncPicture Running = new(SyncState.RUNNING)
    {
        Progress = Copying,
        Source = "cluster0: a:27017",
        Destination = "cluster1: b:27017",
    };

    [Fact]
    [Requirement("F03")]
    public void In_idle_everything_but_the_state_and_can_commit_is_null()
    {
        var progress = ProgressDocument.Write(new(SyncState.IDLE));
        progress
            .Where(field => field.Value is not null)
            .Select(field => field.Key)
            .ShouldBe(["state", "canCommit", "godwit"]);
        progress["state"]!.ToString().ShouldBe("IDLE");
    }

    [Fact]
    [Requirement("F03")]
    public void While_it_copies_amounts_lag_and_direction_are_told()
    {
        var progress = ProgressDocument.Write(Running);
        progress["info"]!.ToString().ShouldBe("collection copy");
        progress["lagTimeSeconds"]!.GetValue<long>().ShouldBe(7);
        progress["lag"]!["overallLagSeconds"]!.GetValue<long>().ShouldBe(7);
        progress["totalEventsApplied"]!.GetValue<long>().ShouldBe(42);
        progress["collectionCopy"]!
            .ToJsonString()
            .ShouldBe("""{"estimatedTotalBytes":1000,"estimatedCopiedBytes":500}""");
        progress["directionMapping"]!
            .ToJsonString()
            .ShouldBe("""{"Source":"cluster0: a:27017","Destination":"cluster1: b:27017"}""");
        progress["mongosyncID"]!.ToString().ShouldBe("coordinator");
        progress["coordinatorID"]!.ToString().ShouldBe("coordinator");
        progress["estimatedOplogTimeRemaining"]!.ToString().ShouldBe("12 hours");
        progress["verification"]!["source"]!["phase"]!.ToString().ShouldBe("not started");
        progress["verification"]!["destination"]!["totalCollectionCount"]!.GetValue<int>().ShouldBe(1);
        progress.ContainsKey("warnings").ShouldBeFalse();
        progress["godwit"]!["cannotCommitBecause"]!.ToString().ShouldBe("collections are still being copied");
    }

    [Fact]
    [Requirement("F03")]
    public void Once_in_sync_both_amounts_are_equal_and_the_verifier_streams()
    {
        var inSync = Copying with { Phase = MigrationPhase.InSync, CanCommit = true };
        var progress = ProgressDocument.Write(Running with { Progress = inSync, CanCommit = true });
        progress["info"]!.ToString().ShouldBe("change event application");
        progress["ceaStage"]!.ToString().ShouldBe("steady state");
        progress["canCommit"]!.GetValue<bool>().ShouldBeTrue();
        progress["collectionCopy"]!
            .ToJsonString()
            .ShouldBe("""{"estimatedTotalBytes":500,"estimatedCopiedBytes":500}""");
        progress["verification"]!["source"]!["phase"]!.ToString().ShouldBe("stream hashing");
    }

    [Fact]
    [Requirement("F03")]
    public void Passwords_are_never_shown()
    {
        var warned = Running with { Warnings = ["cannot reach mongodb://u:secret@h/"] };
        ProgressDocument.Write(warned).ToJsonString().ShouldNotContain("secret");
    }

    [Theory]
    [InlineData(0, "less than 15 minutes")]
    [InlineData(44, "30 minutes")]
    [InlineData(61, "1 hour")]
    [InlineData(60 * 73, "more than 72 hours")]
    [Requirement("F03")]
    public void The_oplog_is_told_in_steps(int minutes, string text) =>
        OplogTime.Describe(TimeSpan.FromMinutes(minutes)).ShouldBe(text);

    [Fact]
    [Requirement("F04")]
    public void Metrics_have_each_name_declared_once_and_labels_escaped()
    {
        var odd = new CollectionProgress(new("a", "b\"c\\d"), 1, 1, 1, 1, IsCopied: true, IsVerified: true);
        var text = Metrics.Write(
            Running with
            {
                Progress = Copying with { Collections = [.. Copying.Collections, odd] },
            }
        );
        var declared = text.Split('\n').Where(line => line.StartsWith("# TYPE")).ToList();
        declared.ShouldBeUnique();
        text.ShouldContain("godwit_collection_verified{namespace=\"a.b\\\"c\\\\d\"} 1");
        text.ShouldContain("godwit_lag_seconds 7\n");
    }
}
