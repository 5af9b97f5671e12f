using Godwit.EndToEnd.Tests.Harness;
using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.EndToEnd.Tests;

/// <summary>
/// A source that no longer knows what happened, or remembers something else: warned of before it happens, named when it has, and
/// compared before anything is claimed (S20).
/// </summary>
public sealed class HistoryTests
{
    private const int Stopped = 5;
    private const string Compared = "only what differs is copied again";
    private static readonly string[] SmallOplog = [.. Rig.OneMember, "--oplog-size-mb", "1"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("S20")]
    [Requirement("D11")]
    public async Task An_oplog_that_is_too_small_is_warned_of_then_named_and_only_what_differs_is_copied_again()
    {
        await PythonProgram.SkipWithoutAsync();
        var source = await TestCluster.StartSandboxAsync("an oplog of one megabyte", SmallOplog);
        await using var rig = new Rig(source, await TestCluster.OpenAsync("GODWIT_TEST_DESTINATION", Rig.OneMember));
        var still = new StillData(rig);
        await still.FillAsync();
        await using var migration = rig.Migrate();
        migration.Start();
        await migration.ReachAsync("inSync");
        // Not earlier: a busy machine copies more slowly than a megabyte is written, and would be in sync never.
        await using var workload = await rig.WriteAsync("mixed", 71);

        // What is applied stands still while the source writes on.
        _ = await rig.Destination.HoldCommandsAsync("alwaysOn", "update", "work.one", 600_000, Cancellation);
        await migration.WarnAsync("its position is overwritten");
        await migration.KillAsync();
        _ = await rig.Destination.FailCommandsAsync("off", [], Cancellation);
        await OverwriteOplogAsync(rig.Source);

        // One collection cannot be compared until it is let go, and everybody waits for the cutover.
        var refused = await rig.Destination.RefuseAsync("find", "still.c0");
        migration.Start();
        await migration.WarnAsync(Compared);
        await rig.Destination.WaitForFailedCommandsAsync(refused + 1, Cancellation);
        await migration.WishForCutoverAsync();
        await workload.AdvanceAsync(200);
        await workload.StopAsync();
        ShouldHaveClaimedNothing(migration);
        await rig.Destination.RefuseNothingAsync();
        (await migration.ExitAsync()).ShouldBe(0, migration.Program.Describe());

        migration.Newest().Warnings.ShouldContain(one => one.Contains("HistoryLost", StringComparison.Ordinal));
        migration.Newest().DocumentsCopied.ShouldBeLessThan(StillData.Documents);
        await rig.ShouldBeIdenticalAsync();
    }

    [Fact]
    [Requirement("S20")]
    public async Task A_source_restored_from_an_older_copy_is_named_and_compared_once_a_person_says_it_is_meant()
    {
        await PythonProgram.SkipWithoutAsync();
        await using var source = await RestorableSource.StartAsync();
        await using var destination = await TestCluster.OpenAsync("GODWIT_TEST_DESTINATION", Rig.OneMember);
        await PutAsync(source.Cluster, 0, 3000, "then");
        await MigrateUntilSyncedAsync(new(source.Cluster, destination));
        await source.CopyAsync();
        await PutAsync(source.Cluster, 1000, 500, "changed after the copy");
        await PutAsync(source.Cluster, 5000, 500, "new after the copy");
        await MigrateUntilSyncedAsync(new(source.Cluster, destination));
        await source.RestoreAsync();
        await PutAsync(source.Cluster, 2000, 10, "after the restore");
        var rig = new Rig(source.Cluster, destination);

        await using (var refused = rig.Migrate())
        {
            refused.Start();
            (await refused.ExitAsync()).ShouldBe(Stopped, refused.Program.Describe());
            refused.Program.Errors.ShouldContain("SourceHistoryChanged");
            refused.Program.Errors.ShouldContain("--accept-history-change");
            refused.Shown().ShouldNotContain(line => line.CanCutOver);
        }

        await using var accepted = rig.Migrate("--accept-history-change");
        accepted.Start();
        await accepted.WarnAsync(Compared);
        await accepted.CutOverAsync();
        accepted.Newest().DocumentsCopied.ShouldBe(0);
        await rig.ShouldBeIdenticalAsync();
    }

    /// <summary>Not in the lines for scripts, and not in the words for people.</summary>
    private static void ShouldHaveClaimedNothing(Migration migration)
    {
        var shown = migration.Shown().ToList();
        shown.ShouldNotBeEmpty();
        shown.ShouldAllBe(line => line.Phase == "preparing" || line.Phase == "copying");
        shown.ShouldAllBe(line => !line.CanCutOver && line.VerifiedShare < 1);
        migration.Program.Errors.ShouldNotContain("In sync");
        migration.Program.Errors.ShouldNotContain("identical");
    }

    private static async Task MigrateUntilSyncedAsync(Rig rig)
    {
        await using var migration = rig.Migrate();
        migration.Start();
        await migration.ShowAsync(line => line.CanCutOver);
        // Not INT: what a shell starts in the background ignores that, and hands it down to what it starts.
        await migration.Program.SignalAsync("TERM");
        (await migration.ExitAsync()).ShouldBe(130, migration.Program.Describe());
    }

    private static Task PutAsync(TestCluster cluster, int first, int count, string text) =>
        cluster
            .Client.GetDatabase("work")
            .GetCollection<BsonDocument>("one")
            .BulkWriteAsync(
                Enumerable
                    .Range(first, count)
                    .Select(id => new ReplaceOneModel<BsonDocument>(
                        new BsonDocument("_id", id),
                        new BsonDocument { { "_id", id }, { "text", text } }
                    )
                    {
                        IsUpsert = true,
                    }),
                null,
                Cancellation
            );

    /// <summary>Writes until nothing of what the oplog holds now is left in it: a server cuts it when it comes to it.</summary>
    private static Task OverwriteOplogAsync(TestCluster cluster)
    {
        var filler = cluster.Client.GetDatabase("work").GetCollection<BsonDocument>("filler");
        var oplog = cluster.Client.GetDatabase("local").GetCollection<BsonDocument>("oplog.rs");
        BsonValue? newest = null;
        var written = 0;
        return Condition.UntilAsync(
            async () =>
            {
                newest ??= await EndAsync(-1);
                await filler.ReplaceOneAsync(
                    new BsonDocument("_id", 1),
                    new BsonDocument { { "_id", 1 }, { "text", new string((char)('a' + (written++ % 26)), 100_000) } },
                    new ReplaceOptions { IsUpsert = true },
                    Cancellation
                );
                return await EndAsync(1) > newest;
            },
            () => $"the oplog still holds {newest} after {written} large writes",
            Rig.Patience,
            Cancellation
        );

        async Task<BsonValue> EndAsync(int direction) =>
            (
                await oplog
                    .Find(new BsonDocument())
                    .Sort(new BsonDocument("$natural", direction))
                    .Limit(1)
                    .SingleAsync(Cancellation)
            )["ts"];
    }
}
