using Godwit.Engine.Reporting;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests;

/// <summary>Migrations that read several change streams end as those that read one do.</summary>
[Requirement("S10")]
public sealed class SeveralStreamsTests
{
    private static readonly string[] Collections = ["shop.orders", "shop.customers"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(21, 2)]
    [InlineData(22, 5)]
    public async Task A_busy_source_arrives_whole_with_definitions_while_streams_break(int seed, int streams)
    {
        var scenario = Filled(seed);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var work = scenario.WorkAsync(Collections, 250, definitions: true, stop.Token);
        var migration = scenario.Migrate(
            MigrationScenario.Quick with
            {
                CutoverAutomatic = false,
                ChangeStreams = streams,
            }
        );
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        await stop.CancelAsync();
        await work;
        migration.RequestCutover();

        await ShouldBeIdenticalAsync(scenario, run, seed);
    }

    /// <summary>The disk takes what memory has no room for, in the order of one stream; the number of streams changes from life to life.</summary>
    [Theory]
    [InlineData(23, false)]
    [InlineData(24, true)]
    [Requirement("S16")]
    [Requirement("S33")]
    public async Task Killed_again_and_again_it_goes_on_with_another_number_of_them(int seed, bool hasSpool)
    {
        var spool = Directory.CreateTempSubdirectory("godwit-streams-test-");
        try
        {
            var scenario = Filled(seed);
            var settings = MigrationScenario.Quick with
            {
                SpoolDirectory = hasSpool ? spool.FullName : null,
                EventBytesMax = hasSpool ? 2_000 : MigrationScenario.Quick.EventBytesMax,
            };
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
            var work = scenario.WorkAsync(Collections, 250, definitions: true, stop.Token);
            var random = new Random(seed);
            foreach (var streams in new[] { 3, 3, 2, 1, 4, 4 })
            {
                using var kill = CancellationTokenSource.CreateLinkedTokenSource(Token);
                var life = settings with { CutoverAutomatic = false, ChangeStreams = streams };
                var dying = scenario.RunAsync(life, kill.Token);
                await Task.Delay(random.Next(50, 300), Token);
                await kill.CancelAsync();
                _ = await Should.ThrowAsync<OperationCanceledException>(
                    dying.WaitAsync(TimeSpan.FromSeconds(30), Token)
                );
            }

            var last = scenario.RunAsync(settings with { ChangeStreams = 4 }, Token);
            await scenario.Destination.DeliverLateAsync();
            await stop.CancelAsync();
            await work;

            await ShouldBeIdenticalAsync(scenario, last, seed);
        }
        finally
        {
            spool.Delete(recursive: true);
        }
    }

    /// <summary>
    /// Their number changes many times in one life, at any instant, while streams break and definitions change; lives are killed meanwhile, and go on with as
    /// many as there were.
    /// </summary>
    [Theory]
    [InlineData(25, false)]
    [InlineData(26, true)]
    [Requirement("S16")]
    [Requirement("S33")]
    public async Task Their_number_changes_while_they_run_and_no_event_is_lost_or_comes_twice(int seed, bool hasSpool)
    {
        var spool = Directory.CreateTempSubdirectory("godwit-streams-test-");
        try
        {
            var scenario = Filled(seed);
            var random = new Random(seed);
            var changes = 0;
            var settings = MigrationScenario.Quick with
            {
                CutoverAutomatic = false,
                SpoolDirectory = hasSpool ? spool.FullName : null,
                EventBytesMax = hasSpool ? 2_000 : MigrationScenario.Quick.EventBytesMax,
                StreamsWatchEvery = TimeSpan.FromMilliseconds(5),
                StreamChoice = (now, _) =>
                {
                    var next = random.Next(1, 6);
                    changes += next == now ? 0 : 1;
                    return next;
                },
            };
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
            var work = scenario.WorkAsync(Collections, 250, definitions: true, stop.Token);
            for (var life = 0; life < 4; life++)
            {
                using var kill = CancellationTokenSource.CreateLinkedTokenSource(Token);
                var dying = scenario.RunAsync(settings, kill.Token);
                await Task.Delay(random.Next(50, 300), Token);
                await kill.CancelAsync();
                _ = await Should.ThrowAsync<OperationCanceledException>(
                    dying.WaitAsync(TimeSpan.FromSeconds(30), Token)
                );
            }

            var before = changes;
            var migration = scenario.Migrate(settings);
            var last = migration.RunAsync(Token);
            await scenario.Destination.DeliverLateAsync();
            await scenario.UntilAsync(() => migration.Progress.CanCommit && changes > before + 20);
            await stop.CancelAsync();
            await work;
            migration.RequestCutover();

            await ShouldBeIdenticalAsync(scenario, last, seed);
        }
        finally
        {
            spool.Delete(recursive: true);
        }
    }

    private static MigrationScenario Filled(int seed)
    {
        var scenario = new MigrationScenario(seed, faultRate: 0.02);
        scenario.Load("shop.orders", 200);
        scenario.Load("shop.customers", 20);
        return scenario;
    }

    private static async Task ShouldBeIdenticalAsync(MigrationScenario scenario, Task<MigrationReport> run, int seed)
    {
        var report = await run.WaitAsync(TimeSpan.FromSeconds(60), Token);
        report.Verdict.Text.ShouldBe("identical", $"seed {seed}: {report.Failure?.Message} {report.Verdict.Reason}");
        report.Differences.ShouldBeEmpty($"seed {seed}");
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe(), $"seed {seed}");
    }
}
