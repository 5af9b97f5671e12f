using System.Collections.Concurrent;
using Godwit.Engine.Mongo.Inspection;
using Godwit.Hub.Tests.Harness;
using Godwit.Sandbox;
using Godwit.Testing;
using Microsoft.Extensions.Time.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.Hub.Tests;

/// <summary>What should stay as it is while a migration runs is noticed if it does not (D05).</summary>
[Requirement("D05")]
public sealed class ChangeWatchTests
{
    [Fact]
    public async Task Another_feature_compatibility_version_is_told_once()
    {
        await using var source = await SandboxCluster.StartAsync(new() { Members = 1 }, TestHub.Cancellation);
        await using var destination = await SandboxCluster.StartAsync(new() { Members = 1 }, TestHub.Cancellation);
        var time = new FakeTimeProvider();
        var said = new ConcurrentQueue<string>();
        var watch = new ChangeWatch(source.ConnectionString, destination.ConnectionString, said.Enqueue, time);
        var migration = new TaskCompletionSource<int>();
        var looked = ClusterOutline.ReadAsync(source.ConnectionString, TestHub.Cancellation);
        (await looked).FeatureCompatibilityVersion.ShouldBe("8.0");
        var running = watch.WhileAsync(migration.Task);
        await UntilAsync(time, () => Task.FromResult(watch.HasLooked));
        using var client = new MongoClient(source.ConnectionString);
        var lower = new BsonDocument { { "setFeatureCompatibilityVersion", "7.0" }, { "confirm", true } };
        _ = await client.GetDatabase("admin").RunCommandAsync<BsonDocument>(lower, null, TestHub.Cancellation);
        await UntilAsync(time, () => Task.FromResult(!said.IsEmpty));
        said.ShouldHaveSingleItem()
            .ShouldContain("The feature compatibility version of the source was changed from 8.0 to 7.0.");
        migration.SetResult(3);
        (await running.WaitAsync(TimeSpan.FromMinutes(1), TestHub.Cancellation)).ShouldBe(3);
    }

    [Fact]
    public void Members_and_versions_that_are_others_are_named_and_what_is_not_known_is_not()
    {
        var before = new ClusterOutline("8.0.10", "8.0", ["a:1", "b:1"]);
        ClusterOutline.Changes("destination", before, before with { Members = ["b:1", "a:1"] }).ShouldBeEmpty();
        ClusterOutline
            .Changes("destination", before, new("8.0.11", "8.0", ["a:1", "c:1"]))
            .ShouldBe([
                "The destination answers as MongoDB 8.0.11 now, and was 8.0.10. The migration finds out anew what it offers; upgrade the destination before the source.",
                "Members of the destination have changed: gone b:1 new c:1. The migration goes on with those that are there.",
            ]);
        ClusterOutline
            .Changes("destination", before, before with { FeatureCompatibilityVersion = "", Members = [] })
            .ShouldBeEmpty();
    }

    [Fact]
    [Requirement("D11")]
    public void A_disk_that_fills_and_a_history_store_that_grows_are_told_once_for_each_mark_that_is_passed()
    {
        var seen = new ClusterOutline("8.0.10", "8.0", []) { FreeShare = 0.3, HistoryBytes = 1_000_000 };
        var said = new List<string>();
        foreach (
            var (free, history) in new (double?, long?)[]
            {
                (0.12, 3_000_000_000),
                (0.09, 5_000_000_000),
                (0.11, null),
                (0.08, 4_100_000_000),
                (null, 17_000_000_000),
                (0.04, 17_000_000_000),
            }
        )
        {
            var now = seen with { FreeShare = free, HistoryBytes = history };
            said.AddRange(ClusterOutline.Changes("source", seen, now));
            seen = now.After(seen);
        }

        said.Count.ShouldBe(4);
        said[0].ShouldStartWith("Of the disk of the source 9.0 % are free");
        said[1].ShouldStartWith("The history store of the source has grown to 5.0 GB");
        said[2].ShouldStartWith("The history store of the source has grown to 17.0 GB");
        said[3].ShouldStartWith("Of the disk of the source 4.0 % are free");
    }

    private static Task UntilAsync(FakeTimeProvider time, Func<Task<bool>> holds) =>
        Condition.UntilAsync(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(15));
                return holds();
            },
            () => "nothing was noticed",
            TimeSpan.FromMinutes(2),
            TestHub.Cancellation
        );
}
