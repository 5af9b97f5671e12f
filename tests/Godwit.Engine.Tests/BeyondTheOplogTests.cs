using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests;

/// <summary>
/// A destination that takes nothing for so long that the source forgets what it was changed by: what is on the host's disk arrives all the
/// same, and nothing has to be compared or copied again.
/// </summary>
[Requirement("H05")]
[Requirement("S33")]
public sealed class BeyondTheOplogTests
{
    private const int Documents = 40;
    private const int Changes = 300;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_the_source_has_forgotten_arrives_if_the_host_has_a_disk_for_it(bool hasDisk)
    {
        var disk = Directory.CreateTempSubdirectory("godwit-spool-test-");
        try
        {
            var scenario = new MigrationScenario(90);
            scenario.Load("shop.orders", Documents);
            var settings = MigrationScenario.Quick with
            {
                CutoverAutomatic = false,
                EventBytesMax = 1_000,
                SpoolDirectory = hasDisk ? disk.FullName : null,
            };
            var migration = scenario.Migrate(settings);
            var run = migration.RunAsync(Token);
            await scenario.UntilAsync(() => migration.Progress.CanCommit);
            var takesAgain = new TaskCompletionSource();
            scenario.Destination.BeforeWrite = command =>
                command.Collection.Name.ToString() == "shop.orders" ? takesAgain.Task : Task.CompletedTask;
            for (var change = 0; change < Changes; change++)
            {
                scenario.Source.SetByUser("shop.orders", change % Documents, "a", 1000 + change);
            }

            if (hasDisk)
            {
                await scenario.UntilAsync(() => scenario.Source.IsReadThrough);
            }

            scenario.Source.OverwriteOplog();
            takesAgain.SetResult();
            await scenario.UntilAsync(() => scenario.Destination.Describe() == scenario.Source.Describe());
            await scenario.UntilAsync(() => migration.Progress.CanCommit);
            migration.RequestCutover();

            var report = await run.WaitAsync(TimeSpan.FromSeconds(60), Token);

            report.Verdict.Text.ShouldBe("identical");
            report.Totals.DocumentsCopied.ShouldBe(hasDisk ? Documents : 0);
            report.Remarks.Any(one => one.Contains("HistoryLost", StringComparison.Ordinal)).ShouldBe(!hasDisk);
        }
        finally
        {
            disk.Delete(recursive: true);
        }
    }
}
