using Godwit.EndToEnd.Tests.Harness;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.EndToEnd.Tests;

/// <summary>
/// Either side is upgraded from MongoDB 7.0 to 8.0, member by member, while a migration copies and applies and the source is written to
/// (L2): nothing is lost or altered, and the migration may even be killed in the middle of it.
/// </summary>
[Requirement("D04")]
[Requirement("H07")]
public sealed class RollingUpgradeTests
{
    private const string Old = "7.0";
    private const string New = "8.0";

    [Theory]
    [Trait("Set", "Long")]
    [InlineData(true, false, false, 1100)]
    [InlineData(true, false, true, 1101)]
    [InlineData(false, true, false, 1102)]
    [InlineData(false, true, true, 1103)]
    [InlineData(true, true, false, 1104)]
    public async Task Each_side_is_upgraded_member_by_member_under_a_migration(
        bool ofDestination,
        bool ofSource,
        bool isKilled,
        int seed
    )
    {
        await using var rig = await Rig.StartPairAsync(
            Options(ofSource, Old),
            Options(ofDestination, ofDestination ? Old : New)
        );
        await new StillData(rig).FillAsync();
        await using var workload = await rig.WriteAsync("shapes", seed);
        await workload.AdvanceAsync(300);
        await using var migration = rig.Migrate();
        migration.Start();
        await migration.ReachAsync("copying");
        if (ofDestination)
        {
            await UpgradeAsync(rig.Destination, migration, isKilled);
            await workload.AdvanceAsync(200);
        }

        if (ofSource)
        {
            await UpgradeAsync(rig.Source, migration, isKilled);
        }

        await migration.ReachAsync("inSync");
        await workload.AdvanceAsync(300);
        _ = await workload.StopAsync();
        await Troubles.FinishAsync(migration);
        await rig.ShouldBeIdenticalAsync();
        (migration.Newest().Differences, migration.Newest().Healed).ShouldBe((0, 0), migration.Program.Describe());
    }

    private static async Task UpgradeAsync(TestCluster cluster, Migration migration, bool isKilled)
    {
        var upgrade = new RollingUpgrade(cluster, New);
        await upgrade.RestartMembersAsync();
        if (isKilled)
        {
            await migration.KillAsync();
            migration.Start();
            await migration.ReachAsync("copying");
        }

        await upgrade.RaiseCompatibilityAsync();
    }

    /// <summary>Sets of three members where they are upgraded, so that one can be missed.</summary>
    private static string[] Options(bool isUpgraded, string release) =>
        ["--replica-set", isUpgraded ? "3" : "1", "--mongo-version", release];
}
