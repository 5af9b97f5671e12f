using Godwit.EndToEnd.Tests.Harness;
using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
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
        // It reads back what it has written, and fails unless that is what the dump's files hold.
        TestContext.Current.TestOutputHelper?.WriteLine(await rig.RestoreAsync(dump));
        await MigrateUnderWritesAsync(rig, "dump", seed: 1);
    }

    [Fact]
    [Requirement("S5")]
    [Requirement("S11")]
    public async Task Hot_documents_that_change_by_thousands_of_deltas_while_their_range_is_copied_arrive()
    {
        await using var rig = await Rig.StartAsync(Rig.OneMember);
        await MigrateUnderWritesAsync(rig, "hot", seed: 12, held: "work.hot", whileHeld: 2000);
    }

    [Fact]
    [Requirement("S25")]
    public async Task Unique_values_that_move_between_documents_during_copy_and_apply_end_under_the_enforced_index()
    {
        await using var rig = await Rig.StartAsync(Rig.OneMember);
        await MigrateUnderWritesAsync(rig, "unique", seed: 13, held: "work.unique", whileHeld: 400);
        var copy = rig.Destination.Client.GetDatabase("work").GetCollection<BsonDocument>("unique");
        var taken = await copy.Find(new BsonDocument()).FirstAsync(TestContext.Current.CancellationToken);
        var again = new BsonDocument { { "_id", "again" }, { "name", taken["name"] } };
        var refused = await Should.ThrowAsync<MongoWriteException>(
            copy.InsertOneAsync(again, null, TestContext.Current.CancellationToken)
        );
        refused.WriteError.Category.ShouldBe(ServerErrorCategory.DuplicateKey);
    }

    [Theory]
    [InlineData("mixed", 11)]
    [InlineData("ddl", 14)]
    [Requirement("D02")]
    [Requirement("S6")]
    public async Task Every_kind_of_write_during_copy_and_apply_arrives(string profile, int seed)
    {
        await using var rig = await Rig.StartAsync(Rig.OneMember);
        await MigrateUnderWritesAsync(rig, profile, seed);
    }

    /// <summary>
    /// Writes before the start, during the copy, in sync, and until the cutover. The range of the collection
    /// <paramref name="held"/> stays open until <paramref name="whileHeld"/> operations were made.
    /// </summary>
    private static async Task MigrateUnderWritesAsync(
        Rig rig,
        string profile,
        int seed,
        string? held = null,
        int whileHeld = 0
    )
    {
        await using var workload = await rig.WriteAsync(profile, seed);
        await workload.AdvanceAsync(400);
        await using var migration = rig.Migrate();
        var refused = held is null ? 0 : await rig.Destination.RefuseAsync("insert", held);
        migration.Start();
        if (held is not null)
        {
            await rig.Destination.WaitForFailedCommandsAsync(refused + 1, TestContext.Current.CancellationToken);
            await workload.AdvanceAsync(whileHeld);
            _ = await migration.ReachAsync("copying");
            migration.Newest().Phase.ShouldBe("copying");
            await rig.Destination.RefuseNothingAsync();
        }

        await migration.ReachAsync("inSync");
        await workload.AdvanceAsync(400);
        (await workload.StopAsync()).ShouldBeGreaterThan(0);
        await migration.CutOverAsync();
        await rig.ShouldBeIdenticalAsync();
    }
}
