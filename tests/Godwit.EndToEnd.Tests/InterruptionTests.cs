using Godwit.EndToEnd.Tests.Harness;
using Godwit.Testing;
using Xunit;

namespace Godwit.EndToEnd.Tests;

/// <summary>A migration survives its own death at any instant, and servers that step down.</summary>
public sealed class InterruptionTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<int> FewSeeds => [.. Enumerable.Range(100, 3)];

    public static TheoryData<int> ManySeeds => [.. Enumerable.Range(200, 25)];

    [Theory]
    [MemberData(nameof(FewSeeds))]
    [Requirement("H07")]
    [Requirement("S16")]
    public Task Killed_at_a_random_instant_it_goes_on_where_it_was(int seed) => KillAndResumeAsync(seed);

    [Theory]
    [Trait("Set", "Long")]
    [MemberData(nameof(ManySeeds))]
    [Requirement("H07")]
    [Requirement("S16")]
    public Task Killed_at_many_random_instants_it_goes_on_where_it_was(int seed) => KillAndResumeAsync(seed);

    [Theory]
    [InlineData(true, "copying", 31)]
    [InlineData(true, "inSync", 32)]
    [InlineData(false, "copying", 33)]
    [InlineData(false, "inSync", 34)]
    [Requirement("D04")]
    public async Task A_stepdown_on_either_side_is_survived(bool onSource, string phase, int seed)
    {
        await using var rig = await Rig.StartAsync();
        await using var workload = await rig.WriteAsync("mixed", seed);
        await workload.AdvanceAsync(400);
        await using var migration = rig.Migrate();
        migration.Start();
        await migration.ReachAsync(phase);
        await (onSource ? rig.Source : rig.Destination).StepDownAsync(Cancellation);
        await migration.ReachAsync("inSync");
        await workload.AdvanceAsync(200);
        await workload.StopAsync();
        await migration.CutOverAsync();
        await rig.ShouldBeIdenticalAsync();
    }

    private static async Task KillAndResumeAsync(int seed)
    {
        var random = new Random(seed);
        await using var rig = await Rig.StartAsync();
        await using var workload = await rig.WriteAsync("mixed", seed);
        await workload.AdvanceAsync(400);
        await using var migration = rig.Migrate();
        for (var kill = random.Next(1, 4); kill > 0; kill--)
        {
            migration.Start();
            await migration.ReachAsync("preparing");
            await Task.Delay(random.Next(0, 2500), Cancellation);
            await migration.KillAsync();
        }

        migration.Start();
        await migration.ReachAsync("inSync");
        await workload.StopAsync();
        await migration.CutOverAsync();
        await rig.ShouldBeIdenticalAsync();
    }
}
