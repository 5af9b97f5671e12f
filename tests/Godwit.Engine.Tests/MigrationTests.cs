using Godwit.Bson;
using Godwit.Engine.Reporting;
using Godwit.Engine.Tests.Fakes;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests;

/// <summary>Whole migrations between two clusters in memory end with both sides byte for byte the same.</summary>
public sealed class MigrationTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_source_at_rest_arrives_whole()
    {
        var scenario = new MigrationScenario(1);
        scenario.Load("shop.orders", 100);
        scenario.Load("shop.customers", 3);
        _ = scenario.Source.CreateByUser("shop.empty", RawDocument.Empty);
        var report = await scenario.RunAsync(MigrationScenario.Quick, Token).WaitAsync(TimeSpan.FromSeconds(20), Token);
        report.Outcome.ShouldBe(MigrationOutcome.Committed);
        report.Verdict.Text.ShouldBe("identical");
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [Requirement("S5")]
    [Requirement("S23")]
    [Requirement("S28")]
    public async Task A_busy_source_arrives_whole(int seed)
    {
        var scenario = new MigrationScenario(seed);
        scenario.Load("shop.orders", 200);
        scenario.Load("shop.customers", 20);
        await RunWithWorkAsync(scenario, definitions: false);
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe(), $"seed {seed}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [Requirement("S1")]
    [Requirement("S19")]
    public async Task Definitions_that_change_on_the_way_are_followed(int seed)
    {
        var scenario = new MigrationScenario(seed);
        scenario.Load("shop.orders", 100);
        scenario.Load("shop.customers", 20);
        await RunWithWorkAsync(scenario, definitions: true);
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe(), $"seed {seed}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [Requirement("S7")]
    [Requirement("S14")]
    public async Task Lost_answers_and_expired_snapshots_change_nothing(int seed)
    {
        var scenario = new MigrationScenario(seed, faultRate: 0.03);
        scenario.Load("shop.orders", 200);
        await RunWithWorkAsync(scenario, definitions: false);
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe(), $"seed {seed}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [Requirement("S16")]
    [Requirement("S17")]
    public async Task A_process_killed_again_and_again_is_resumed_without_loss(int seed)
    {
        var scenario = new MigrationScenario(seed, faultRate: 0.02);
        scenario.Load("shop.orders", 200);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var work = scenario.WorkAsync(["shop.orders", "shop.customers"], 250, definitions: true, stop.Token);
        var random = new Random(seed);
        for (var life = 0; life < 8; life++)
        {
            using var kill = CancellationTokenSource.CreateLinkedTokenSource(Token);
            var dying = scenario.RunAsync(MigrationScenario.Quick with { CutoverAutomatic = false }, kill.Token);
            await Task.Delay(random.Next(10, 300), Token);
            await kill.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(dying.WaitAsync(TimeSpan.FromSeconds(20), Token));
        }

        // What the dead processes had sent arrives while the last one works.
        var final = scenario.Migrate(MigrationScenario.Quick);
        var last = final.RunAsync(Token);
        await Task.Delay(50, Token);
        await scenario.Destination.DeliverLateAsync();
        var report = await last.WaitAsync(TimeSpan.FromSeconds(30), Token);
        await stop.CancelAsync();
        await work;
        report.Verdict.Text.ShouldBe(
            "identical",
            $"seed {seed}: {report.Failure?.Message}{report.Verdict.Reason} {string.Join("; ", report.Differences)} {string.Join("; ", report.Remarks)}"
        );
        report.Resumptions.ShouldBe(8);
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe(), $"seed {seed}");
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(3, true)]
    [Requirement("S5")]
    [Requirement("S33")]
    public async Task With_next_to_no_memory_everything_arrives_over_the_disk_or_later(int seed, bool hasSpool)
    {
        var parent = Directory.CreateTempSubdirectory("godwit-spool-test-");
        try
        {
            var scenario = new MigrationScenario(seed, faultRate: 0.01);
            scenario.Load("shop.orders", 200);
            await RunWithWorkAsync(scenario, definitions: true, Tiny(hasSpool ? parent.FullName : null));
            scenario.Destination.Describe().ShouldBe(scenario.Source.Describe(), $"seed {seed}");
            parent.EnumerateFileSystemInfos().ShouldBeEmpty("a committed migration leaves nothing on the host");
        }
        finally
        {
            parent.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [Requirement("S16")]
    [Requirement("S33")]
    public async Task A_process_killed_while_events_are_on_disk_is_resumed_without_loss(int seed)
    {
        var parent = Directory.CreateTempSubdirectory("godwit-spool-test-");
        try
        {
            var settings = Tiny(parent.FullName);
            var scenario = new MigrationScenario(seed, faultRate: 0.01);
            scenario.Load("shop.orders", 200);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
            var work = scenario.WorkAsync(["shop.orders", "shop.customers"], 250, definitions: true, stop.Token);
            var random = new Random(seed);
            for (var life = 0; life < 6; life++)
            {
                using var kill = CancellationTokenSource.CreateLinkedTokenSource(Token);
                var dying = scenario.RunAsync(settings with { CutoverAutomatic = false }, kill.Token);
                await Task.Delay(random.Next(30, 300), Token);
                await kill.CancelAsync();
                await Should.ThrowAsync<OperationCanceledException>(dying.WaitAsync(TimeSpan.FromSeconds(20), Token));
            }

            var report = await scenario.RunAsync(settings, Token).WaitAsync(TimeSpan.FromSeconds(120), Token);
            await stop.CancelAsync();
            await work;
            report.Verdict.Text.ShouldBe("identical", $"seed {seed}");
            scenario.Destination.Describe().ShouldBe(scenario.Source.Describe(), $"seed {seed}");
        }
        finally
        {
            parent.Delete(recursive: true);
        }
    }

    [Fact]
    [Requirement("S22")]
    [Requirement("S24")]
    public async Task A_stray_write_on_the_destination_is_found_healed_and_reported()
    {
        var scenario = new MigrationScenario(7);
        scenario.Load("shop.orders", 100);
        var migration = scenario.Migrate(MigrationScenario.Quick with { CutoverAutomatic = false });
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        scenario.Destination.TamperWith(
            "shop.orders",
            new DocumentBuilder { { "_id", 17 }, { "a", "tampered" } }.Build()
        );
        _ = scenario.Destination.PutByUser("shop.orders", new DocumentBuilder { { "_id", 1017 } }.Build());
        scenario.Destination.DeleteByUser("shop.orders", 18);
        migration.RequestCutover();
        var report = await run.WaitAsync(TimeSpan.FromSeconds(20), Token);
        report.Verdict.Text.ShouldBe("identical after healing 3");
        report.Differences.Count.ShouldBe(3);
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe());
    }

    [Fact]
    [Requirement("S25")]
    public async Task Constraints_are_neutral_until_commit_and_in_force_after_it()
    {
        var scenario = new MigrationScenario(8);
        scenario.Load("shop.orders", 10);
        var unique = new DocumentBuilder
        {
            { "v", 2 },
            {
                "key",
                new DocumentBuilder { { "a", 1 } }
            },
            { "name", "a_1" },
            { "unique", true },
        };
        var expiring = new DocumentBuilder
        {
            { "v", 2 },
            {
                "key",
                new DocumentBuilder { { "t", 1 } }
            },
            { "name", "t_1" },
            { "expireAfterSeconds", 60 },
        };
        scenario.Source.DefineByUser(
            "shop.orders",
            one => one with { Indexes = [.. one.Indexes, unique.Build(), expiring.Build()] }
        );
        var migration = scenario.Migrate(MigrationScenario.Quick with { CutoverAutomatic = false });
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        scenario.Destination.Describe().ShouldNotContain("unique:", Case.Sensitive);
        scenario.Destination.Describe().ShouldNotContain("expireAfterSeconds");
        migration.RequestCutover();
        _ = await run.WaitAsync(TimeSpan.FromSeconds(20), Token);
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Requirement("S25")]
    public async Task A_validator_arrives_with_the_options_it_has_on_the_source(bool isRemovedOnTheWay)
    {
        var scenario = new MigrationScenario(12);
        scenario.Load("shop.orders", 10);
        var checks = new DocumentBuilder
        {
            {
                "validator",
                new DocumentBuilder { { "a", 1 } }
            },
        }.Build();
        scenario.Source.DefineByUser("shop.orders", one => one with { Options = checks });
        var migration = scenario.Migrate(MigrationScenario.Quick with { CutoverAutomatic = false });
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        if (isRemovedOnTheWay)
        {
            var none = new DocumentBuilder { { "validator", RawDocument.Empty } }.Build();
            scenario.Source.DefineByUser("shop.orders", one => FakeUpdates.Modify(one, none));
        }

        migration.RequestCutover();
        var report = await run.WaitAsync(TimeSpan.FromSeconds(20), Token);
        report.Outcome.ShouldBe(MigrationOutcome.Committed);
        report.Verdict.Text.ShouldBe("identical");
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe());
    }

    [Fact]
    public async Task A_paused_migration_goes_on_where_it_stopped()
    {
        var scenario = new MigrationScenario(9);
        scenario.Load("shop.orders", 100);
        var migration = scenario.Migrate(MigrationScenario.Quick with { CutoverAutomatic = false });
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        migration.RequestPause();
        (await run.WaitAsync(TimeSpan.FromSeconds(20), Token)).Outcome.ShouldBe(MigrationOutcome.Paused);
        scenario.Source.SetByUser("shop.orders", 5, "later", 1);
        var next = scenario.Migrate(MigrationScenario.Quick);
        var report = await next.RunAsync(Token).WaitAsync(TimeSpan.FromSeconds(20), Token);
        report.Totals.DocumentsCopied.ShouldBe(0);
        next.Progress.DocumentsKept.ShouldBe(100);
        next.Progress.BytesKept.ShouldBe(migration.Progress.BytesCopied);
        next.Progress.BytesEstimated.ShouldBeGreaterThan(0, "the size is measured anew");
        next.Progress.Collections.Single().DocumentsCopied.ShouldBe(100);
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe());
    }

    [Fact]
    [Requirement("S7")]
    public async Task What_a_killed_process_had_not_begun_is_cut_into_ranges_again()
    {
        var scenario = new MigrationScenario(10);
        scenario.Load("shop.orders", 1000);
        var settings = MigrationScenario.Quick with { Copiers = 1, CutoverAutomatic = false };
        scenario.Faults.KillAfter(100);
        await Should.ThrowAsync<KilledException>(
            scenario.RunAsync(settings, Token).WaitAsync(TimeSpan.FromSeconds(60), Token)
        );
        scenario.Faults.Revive().ShouldBeTrue();
        SavedRanges().ShouldBeLessThan(90, "it has died on the way");

        var next = scenario.Migrate(settings);
        var run = next.RunAsync(Token);
        await scenario.UntilAsync(() => next.Progress.CanCommit);
        next.RequestCutover();
        _ = await run.WaitAsync(TimeSpan.FromSeconds(60), Token);
        SavedRanges().ShouldBeGreaterThanOrEqualTo(100, "ranges of ten documents");
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe());

        int SavedRanges() => scenario.Destination.ReadReserved(Recovery.ReservedStore.Ranges).Count();
    }

    /// <summary>Bounds so small that nearly every event finds no room.</summary>
    private static MigrationSettings Tiny(string? spool) =>
        MigrationScenario.Quick with
        {
            EventBytesMax = 1_000,
            WaitingBytesMax = 1_000,
            RereadBytesMax = 1_000,
            DirtyBytesMax = 10_000,
            SpoolDirectory = spool,
        };

    private static Task RunWithWorkAsync(MigrationScenario scenario, bool definitions) =>
        RunWithWorkAsync(scenario, definitions, MigrationScenario.Quick);

    private static async Task RunWithWorkAsync(MigrationScenario scenario, bool definitions, MigrationSettings settings)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var work = scenario.WorkAsync(["shop.orders", "shop.customers", "shop.others"], 250, definitions, stop.Token);
        var migration = scenario.Migrate(settings with { CutoverAutomatic = false });
        var run = migration.RunAsync(Token);
        await Task.WhenAny(run, Task.Delay(1500, Token));
        migration.RequestCutover();
        var report = await run.WaitAsync(TimeSpan.FromSeconds(30), Token);
        await stop.CancelAsync();
        await work;
        report.Verdict.Text.ShouldBe("identical");
    }
}
