using Godwit.EndToEnd.Tests.Harness;
using Xunit;

namespace Godwit.EndToEnd.Tests;

/// <summary>
/// How these tests start mongods from a binary, shown with a program that takes a mongod's options and lets its set be initiated, and
/// passes on to Sandboxes from there.
/// </summary>
public sealed class MongodTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sets_are_started_from_a_binary_and_initiated_and_a_migration_runs_on_them()
    {
        await PythonProgram.SkipWithoutAsync();
        var binary = Path.Combine(PythonProgram.Folder, "mongod");
        await using var rig = new Rig(
            await MongodCluster.StartAsync(binary, Cancellation),
            await MongodCluster.StartAsync(binary, Cancellation)
        );
        await using var workload = await rig.WriteAsync("mixed", seed: 91);
        await workload.AdvanceAsync(200);
        await using var migration = rig.Migrate();
        migration.Start();
        await migration.ReachAsync("inSync");
        await workload.AdvanceAsync(100);
        await workload.StopAsync();
        await migration.CutOverAsync();
        await rig.ShouldBeIdenticalAsync();
    }
}
