using Godwit.EndToEnd.Tests.Harness;
using Godwit.Testing;
using Xunit;

namespace Godwit.EndToEnd.Tests;

/// <summary>Members of either side step down, die or go silent while the migration copies and applies.</summary>
public sealed class ElectionTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true, "copying", 31)]
    [InlineData(true, "inSync", 32)]
    [InlineData(false, "copying", 33)]
    [InlineData(false, "inSync", 34)]
    [Requirement("D04")]
    public Task A_stepdown_on_either_side_is_survived(bool onSource, string phase, int seed) =>
        DisturbAsync(onSource, phase, seed, cluster => cluster.StepDownAsync(Cancellation));

    private static async Task DisturbAsync(bool onSource, string phase, int seed, Func<TestCluster, Task> disturb)
    {
        await using var rig = await Rig.StartAsync();
        await new StillData(rig).FillAsync();
        await using var workload = await rig.WriteAsync("mixed", seed);
        await workload.AdvanceAsync(400);
        await using var migration = rig.Migrate();
        migration.Start();
        await migration.ReachAsync(phase);
        await disturb(onSource ? rig.Source : rig.Destination);
        await migration.ReachAsync("inSync");
        await workload.AdvanceAsync(200);
        await workload.StopAsync();
        await migration.CutOverAsync();
        await rig.ShouldBeIdenticalAsync();
    }
}
