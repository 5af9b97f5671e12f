using System.Globalization;
using Godwit.Bson;
using Godwit.Engine.Reporting;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests;

/// <summary>A rehearsal leaves the destination as the source was at one moment, usable and proven, and the source as it was (D09, H11).</summary>
public sealed class RehearsalTests
{
    private static readonly string[] Collections = ["shop.orders", "shop.carts"];
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(71, false, false)]
    [InlineData(72, true, false)]
    [InlineData(73, false, true)]
    [InlineData(74, true, true)]
    [Requirement("D09")]
    [Requirement("H11")]
    public async Task It_ends_at_a_moment_of_a_source_that_is_written_to_on(int seed, bool definitions, bool isSharded)
    {
        var scenario = new MigrationScenario(seed, isSourceSharded: isSharded);
        scenario.Destination.CanBlock = true;
        scenario.Load(Collections[0], 60);
        scenario.Define(Collections[0], "t", "expireAfterSeconds", 60);
        scenario.Load(Collections[1], 20);
        var migration = scenario.Migrate(
            MigrationScenario.Quick with
            {
                CutoverAutomatic = false,
                BlockSourceWrites = false,
                IsRehearsal = true,
                LateWriteWatch = TimeSpan.FromHours(1),
            }
        );
        var run = migration.RunAsync(Token);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        stop.CancelAfter(TimeSpan.FromSeconds(8));
        var work = Task.Run(() => scenario.WorkAsync(Collections, 80, definitions, stop.Token), Token);

        // What stands against the moment gives it up, and it is asked for again.
        await scenario.UntilAsync(() =>
        {
            migration.RequestCutover();
            return run.IsCompleted;
        });
        await stop.CancelAsync();
        await work;

        var report = await run;
        report.Outcome.ShouldBe(MigrationOutcome.Committed, report.Failure?.Message);
        (report.WasRehearsal, report.WasSourceBlocked).ShouldBe((true, false));
        report.Verdict.Text.ShouldStartWith("identical", customMessage: report.Verdict.Reason);
        scenario.Destination.IsBlocked.ShouldBeFalse();
        scenario.Source.RestoreCopyOf(TimeOf(report.ComparedAt));
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe(), $"seed {seed}");
        HtmlReport.Write(report).ShouldContain("Rehearsed: source and destination are identical");
    }

    private static ClusterTime TimeOf(string comparedAt)
    {
        var parts = comparedAt.Split(" / ")[0].Split(':');
        return new(
            uint.Parse(parts[0], CultureInfo.InvariantCulture),
            uint.Parse(parts[1], CultureInfo.InvariantCulture)
        );
    }
}
