using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests;

/// <summary>How long applications wait at a cutover.</summary>
[Requirement("H13")]
public sealed class DowntimeTests
{
    private const int Attempts = 5;
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The best of a few, since a machine may stand still for a moment at any of them.</summary>
    [Fact]
    public async Task It_is_forecast_and_measured_and_below_a_second_under_writes_where_no_index_has_to_be_converted()
    {
        var found = new List<(TimeSpan Forecast, TimeSpan Measured)>();
        for (var seed = 1; seed <= Attempts && !found.Exists(IsShort); seed++)
        {
            found.Add(await CutOverAsync(seed));
        }

        found.ShouldContain(one => IsShort(one), string.Join("; ", found));
    }

    private static bool IsShort((TimeSpan Forecast, TimeSpan Measured) one) =>
        one.Forecast < Second && one.Measured < Second;

    private static async Task<(TimeSpan Forecast, TimeSpan Measured)> CutOverAsync(int seed)
    {
        var scenario = new MigrationScenario(seed);
        scenario.Load("shop.orders", 400);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var work = scenario.WorkAsync(["shop.orders"], 400, definitions: false, stop.Token);
        var migration = scenario.Migrate(MigrationScenario.Quick with { CutoverAutomatic = false });
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress is { CanCommit: true, ForecastDowntime: not null });
        var forecast = migration.Progress.ForecastDowntime.ShouldNotBeNull();
        migration.RequestCutover();
        var report = await run.WaitAsync(TimeSpan.FromSeconds(60), Token);
        await stop.CancelAsync();
        await work;
        report.Verdict.Text.ShouldBe("identical");
        return (forecast, report.Downtime.ShouldNotBeNull());
    }
}
