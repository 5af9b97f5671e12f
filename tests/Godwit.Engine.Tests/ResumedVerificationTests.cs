using Godwit.Bson;
using Godwit.Engine.Reporting;
using Godwit.Engine.Tests.Fakes;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests;

/// <summary>A migration that goes on compares what has changed on either side since it compared last, and misses nothing of it.</summary>
[Requirement("H01")]
public sealed class ResumedVerificationTests
{
    private const int Documents = 400;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Time need not come as far as lanes may have run ahead before anything is compared again.</summary>
    private static MigrationSettings Quick => MigrationScenario.Quick with { CeilingSlackSeconds = 0 };

    private static MigrationSettings Manual => Quick with { CutoverAutomatic = false };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Requirement("S21")]
    public async Task What_was_compared_before_a_crash_is_not_compared_again_and_counts_and_hashes_are_those_of_a_whole_comparison(
        bool isSharded
    )
    {
        var scenario = await KilledAsync(isSharded: isSharded);
        scenario.Source.SetByUser("shop.orders", 5, "a", 1001);
        scenario.Source.DeleteByUser("shop.orders", 6);

        var report = await CommitAsync(scenario);

        report.Verdict.Text.ShouldBe("identical");
        report.Totals.DocumentsCompared.ShouldBeLessThan(Documents / 4);
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe());
        var other = scenario.Fresh();
        var whole = await other.RunAsync(Quick, Token).WaitAsync(Patience, Token);
        report.Collections.ShouldBe(whole.Collections);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Requirement("S22")]
    [Requirement("S24")]
    public async Task What_others_did_to_the_destination_while_nobody_ran_is_found_named_and_healed(bool isSharded)
    {
        var scenario = await KilledAsync(isSharded: isSharded);
        scenario.Destination.TamperWith(
            "shop.orders",
            new DocumentBuilder { { "_id", 3 }, { "a", "tampered" } }.Build()
        );
        scenario.Destination.DeleteByUser("shop.orders", 4);

        var report = await CommitAsync(scenario);

        report.Verdict.Text.ShouldBe("identical after healing 2");
        report.Totals.DocumentsCompared.ShouldBeLessThan(Documents / 4);
        report.Differences.Select(one => one.Key).ShouldBe(["3", "4"], ignoreOrder: true);
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe());
    }

    [Fact]
    [Requirement("S24")]
    public async Task What_an_earlier_life_has_healed_is_reported_and_counted_by_the_one_that_ends_it()
    {
        var scenario = new MigrationScenario(82);
        scenario.Load("shop.orders", Documents);
        var migration = scenario.Migrate(Manual);
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        scenario.Destination.DeleteByUser("shop.orders", 4);
        await scenario.UntilAsync(() => migration.Progress.Healed == 1);
        scenario.Faults.KillAfter(1);
        _ = await Should.ThrowAsync<KilledException>(run.WaitAsync(Patience, Token));
        scenario.Faults.Revive().ShouldBeTrue();
        scenario.Destination.DeleteByUser("shop.orders", 5);

        var report = await CommitAsync(scenario);

        report.Verdict.Text.ShouldBe("identical after healing 2");
        report.Differences.Select(one => (one.Key, one.IsHealed)).ShouldBe([("4", true), ("5", true)]);
    }

    /// <summary>Applied after the last comparison and saved as applied: neither the stream nor the destination tells of it again.</summary>
    [Fact]
    [Requirement("S22")]
    [Requirement("S24")]
    public async Task A_write_that_the_destination_lost_before_the_crash_is_found_by_the_sources_change()
    {
        var scenario = await KilledAsync(running =>
        {
            running.Destination.Swallows = name => name.ToString() == "shop.orders";
            running.Source.SetByUser("shop.orders", 7, "a", 1002);
        });
        scenario.Destination.Swallows = null;

        var report = await CommitAsync(scenario);

        report.Verdict.Text.ShouldBe("identical after healing 1");
        report.Totals.DocumentsCompared.ShouldBeLessThan(Documents / 4);
        report.Differences.Single().Key.ShouldBe("7");
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe());
    }

    [Theory]
    [InlineData("history")]
    [InlineData("term")]
    [InlineData("other set")]
    [Requirement("S22")]
    public async Task A_destination_that_cannot_tell_what_happened_meanwhile_is_compared_as_a_whole(string what)
    {
        var scenario = await KilledAsync();
        scenario.Destination.DeleteByUser("shop.orders", 4);
        if (what == "history")
        {
            scenario.Destination.LoseHistory();
        }
        else if (what == "term")
        {
            scenario.Destination.Term--;
        }
        else
        {
            scenario.Destination.ReplicaSetId = "restored";
        }

        var report = await CommitAsync(scenario);

        report.Verdict.Text.ShouldBe("identical after healing 1");
        report.Totals.DocumentsCompared.ShouldBeGreaterThanOrEqualTo(Documents);
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe());
    }

    /// <summary>
    /// Of a sharded destination one shard may be restored alone: what is kept of the comparison stands on another.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Requirement("S22")]
    public async Task A_sharded_destination_of_which_a_shard_was_restored_or_added_is_compared_as_a_whole(bool isAdded)
    {
        var scenario = await KilledAsync(isSharded: true);
        scenario.Destination.Restore("b", "shop.orders", 4);
        if (isAdded)
        {
            scenario.Destination.ShardNames = ["a", "c"];
        }

        var report = await CommitAsync(scenario);

        report.Verdict.Text.ShouldBe("identical after healing 1");
        report.Totals.DocumentsCompared.ShouldBeGreaterThanOrEqualTo(Documents);
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe());
    }

    /// <summary>
    /// A chunk moved after the mark, and the shard it went to was restored to between the two: it has the mark and lacks the chunk. What has
    /// not moved is not compared again.
    /// </summary>
    [Fact]
    [Requirement("S21")]
    [Requirement("S22")]
    public async Task A_collection_of_which_a_chunk_has_moved_since_is_compared_as_a_whole()
    {
        var scenario = await KilledAsync(isSharded: true, others: ["shop.customers"]);
        scenario.Destination.MoveChunk("shop.orders");
        scenario.Destination.LoseSilently("shop.orders", 4);

        var report = await CommitAsync(scenario);

        report.Verdict.Text.ShouldBe("identical after healing 1");
        report.Totals.DocumentsCompared.ShouldBeInRange(Documents, Documents + (Documents / 4));
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe());
    }

    [Fact]
    [Requirement("S22")]
    public async Task A_source_that_has_forgotten_what_it_changed_after_the_last_comparison_is_compared_as_a_whole()
    {
        var scenario = await KilledAsync(running =>
        {
            running.Source.SetByUser("shop.orders", 7, "a", 1003);
            running.Source.LoseHistory();
            running.Source.SetByUser("shop.orders", 8, "a", 1004);
        });

        var report = await CommitAsync(scenario);

        report.Verdict.Text.ShouldBe("identical");
        report.Remarks.ShouldNotContain(one => one.Contains("HistoryLost", StringComparison.Ordinal));
        report.Totals.DocumentsCompared.ShouldBeGreaterThanOrEqualTo(Documents);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, false)]
    [InlineData(4, true)]
    [InlineData(5, true)]
    [Requirement("S21")]
    [Requirement("S22")]
    public async Task Killed_again_and_again_with_others_writing_to_the_destination_it_ends_identical(
        int seed,
        bool isSharded
    )
    {
        var random = new Random(seed);
        var scenario = new MigrationScenario(seed, isDestinationSharded: isSharded);
        scenario.Load("shop.orders", Documents);
        for (var life = 0; life < 6; life++)
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
            var migration = scenario.Migrate(Manual with { HealingsMax = 1000 });
            var run = migration.RunAsync(stop.Token);
            await scenario.UntilAsync(() => migration.Progress.CanCommit);
            using var working = CancellationTokenSource.CreateLinkedTokenSource(Token);
            var work = scenario.WorkAsync(["shop.orders"], Documents, definitions: false, working.Token);
            scenario.Destination.DeleteByUser("shop.orders", random.Next(Documents));
            scenario.Faults.KillAfter(random.Next(1, 40));
            _ = await Should.ThrowAsync<KilledException>(run.WaitAsync(Patience, Token));
            scenario.Destination.DeleteByUser("shop.orders", random.Next(Documents));
            await working.CancelAsync();
            await work;
            scenario.Faults.Revive().ShouldBeTrue();
        }

        var report = await CommitAsync(scenario, Quick with { HealingsMax = 1000 });

        report.Verdict.Text.ShouldStartWith("identical");
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe());
    }

    /// <summary>
    /// Runs until everything is proven and that is kept. Before both sides are compared once more something happens; once it is applied and
    /// saved as applied the process is killed.
    /// </summary>
    private static async Task<MigrationScenario> KilledAsync(
        Action<MigrationScenario>? happens = null,
        bool isSharded = false,
        string[]? others = null
    )
    {
        var scenario = new MigrationScenario(81, isDestinationSharded: isSharded);
        string[] names = ["shop.orders", .. others ?? []];
        foreach (var name in names)
        {
            scenario.Load(name, Documents);
        }

        var migration = scenario.Migrate(Manual);
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit && IsAllKept(scenario, Documents * names.Length));
        var release = new TaskCompletionSource();
        if (happens is not null)
        {
            await HoldRoundsAsync(scenario, release.Task);
            happens(scenario);
            var now = scenario.Source.Now;
            await scenario.UntilAsync(() => FloorOf(scenario) > now);
        }

        scenario.Faults.KillAfter(1);
        release.SetResult();
        _ = await Should.ThrowAsync<KilledException>(run.WaitAsync(Patience, Token));
        scenario.Source.HoldNote = null;
        scenario.Faults.Revive().ShouldBeTrue();
        return scenario;
    }

    /// <summary>No round that begins from now on ends before the release; none is under way.</summary>
    private static async Task HoldRoundsAsync(MigrationScenario scenario, Task release)
    {
        var isHeld = new TaskCompletionSource();
        scenario.Source.HoldNote = text =>
        {
            if (!text.Contains("barrier", StringComparison.Ordinal))
            {
                return Task.CompletedTask;
            }

            _ = isHeld.TrySetResult();
            return release;
        };
        await isHeld.Task.WaitAsync(Patience, Token);
    }

    /// <summary>Whether every document is in a range that is kept as verified.</summary>
    private static bool IsAllKept(MigrationScenario scenario, int documents) =>
        scenario
            .Destination.ReadReserved(Recovery.ReservedStore.Ranges)
            .Where(one => one["verified"].Type == BsonType.Document)
            .Sum(one => one["documents"].AsInt64) == documents;

    private static ClusterTime FloorOf(MigrationScenario scenario)
    {
        // The stream moves on with what happens on the source.
        _ = scenario.Source.AppendNoteAsync("test", Token);
        return scenario.Destination.ReadReserved(Recovery.ReservedStore.Position).Single()["floor"].AsTimestamp;
    }

    private static Task<MigrationReport> CommitAsync(MigrationScenario scenario, MigrationSettings? settings = null) =>
        scenario.RunAsync(settings ?? Quick, Token).WaitAsync(Patience, Token);
}
