using Godwit.EndToEnd.Tests.Harness;
using Godwit.Testing;
using MongoDB.Bson;
using Xunit;

namespace Godwit.EndToEnd.Tests;

/// <summary>
/// Members of either side step down, die, freeze or are cut off, while the migration copies and again while it applies: each time
/// while a batch stands on the destination's primary.
/// </summary>
public sealed class ElectionTests
{
    private const int StandingMilliseconds = 2000;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<MemberFault, bool, bool, int> ManyFaults
    {
        get
        {
            var data = new TheoryData<MemberFault, bool, bool, int>();
            var seed = 600;
            foreach (var fault in Enum.GetValues<MemberFault>())
            {
                foreach (var isPrimary in new[] { true, false })
                {
                    data.Add(fault, isPrimary, true, seed++);
                    data.Add(fault, isPrimary, false, seed++);
                }
            }

            return data;
        }
    }

    [Theory]
    [InlineData(true, 31)]
    [InlineData(false, 32)]
    [Requirement("D04")]
    public Task A_stepdown_on_either_side_is_survived(bool onSource, int seed) =>
        DisturbAsync(
            onSource,
            seed,
            async cluster =>
            {
                await cluster.StepDownAsync(Cancellation);
                return new Undo(() => Task.CompletedTask);
            }
        );

    [Theory]
    [InlineData(34)]
    [Requirement("D04")]
    public Task A_primary_that_dies_is_survived(int seed) =>
        DisturbAsync(
            onSource: false,
            seed,
            cluster => cluster.DisturbAsync(MemberFault.Killed, isPrimary: true, Cancellation)
        );

    [Theory]
    [Trait("Set", "Long")]
    [MemberData(nameof(ManyFaults))]
    [Requirement("D04")]
    public Task Whatever_befalls_a_member_on_either_side_is_survived(
        MemberFault fault,
        bool isPrimary,
        bool onSource,
        int seed
    ) => DisturbAsync(onSource, seed, cluster => cluster.DisturbAsync(fault, isPrimary, Cancellation));

    private static async Task DisturbAsync(bool onSource, int seed, Func<TestCluster, Task<IAsyncDisposable>> disturb)
    {
        await using var rig = await Rig.StartAsync();
        var side = onSource ? rig.Source : rig.Destination;
        await new StillData(rig).FillAsync();
        await using var workload = await rig.WriteAsync("mixed", seed);
        await workload.AdvanceAsync(400);
        await using var migration = rig.Migrate();
        var fired = await HoldOneAsync(rig, "insert");
        migration.Start();
        await migration.ReachAsync("copying");
        await rig.Destination.WaitForFailedCommandsAsync(fired + 1, Cancellation);
        await using (await disturb(side))
        {
            await migration.ReachAsync("inSync");
        }

        fired = await HoldOneAsync(rig, "update");
        await rig.Destination.WaitForFailedCommandsAsync(fired + 1, Cancellation);
        await using (await disturb(side))
        {
            await workload.AdvanceAsync(200);
        }

        await workload.StopAsync();
        await migration.CutOverAsync();
        await rig.ShouldBeIdenticalAsync();
    }

    /// <summary>Lets the next batch for a busy collection stand on the destination's primary of this moment.</summary>
    private static Task<long> HoldOneAsync(Rig rig, string command) =>
        rig.Destination.HoldCommandsAsync(
            new BsonDocument("times", 1),
            command,
            "work.one",
            StandingMilliseconds,
            Cancellation
        );
}
