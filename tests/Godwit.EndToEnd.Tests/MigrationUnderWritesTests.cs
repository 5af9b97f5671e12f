using Godwit.EndToEnd.Tests.Harness;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.EndToEnd.Tests;

/// <summary>
/// A source that is written to by pymongo during the whole migration ends up byte for byte on the destination, as pymongo
/// sees it: documents, order of fields, options, indexes.
/// </summary>
public sealed class MigrationUnderWritesTests
{
    [Fact]
    [Requirement("D02")]
    [Requirement("H06")]
    public async Task A_restored_dump_under_writes_arrives_identical()
    {
        var dump = SharedData.Dump();
        await using var rig = await Rig.StartAsync();
        (await rig.RestoreAsync(dump)).ShouldContain("285767 documents");
        await MigrateUnderWritesAsync(rig, "dump", seed: 1);
    }

    [Theory]
    [InlineData("mixed", 11)]
    [InlineData("hot", 12)]
    [InlineData("unique", 13)]
    [InlineData("ddl", 14)]
    [Requirement("D02")]
    [Requirement("S6")]
    public async Task Every_kind_of_write_during_copy_and_apply_arrives(string profile, int seed)
    {
        await using var rig = await Rig.StartAsync();
        await MigrateUnderWritesAsync(rig, profile, seed);
    }

    /// <summary>Writes before the start, during the copy, in sync, and until the cutover.</summary>
    private static async Task MigrateUnderWritesAsync(Rig rig, string profile, int seed)
    {
        await using var workload = await rig.WriteAsync(profile, seed);
        await workload.AdvanceAsync(400);
        await using var migration = rig.Migrate();
        migration.Start();
        await migration.ReachAsync("inSync");
        await workload.AdvanceAsync(400);
        (await workload.StopAsync()).ShouldBeGreaterThan(0);
        await migration.CutOverAsync();
        await rig.ShouldBeIdenticalAsync();
    }
}
