using Godwit.Bson;
using Godwit.Sandbox.Replication;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Replication;

/// <summary>What becomes of members that have other data than the majority, or none.</summary>
public sealed class RollbackTests
{
    [Fact]
    public async Task Writes_that_only_a_deposed_primary_has_are_rolled_back()
    {
        await using var set = await ClusterUnderTest.StartAsync();
        var old = await set.PrimaryAsync();
        await set.InsertAsync(old, "kept", 3);
        await StopReplicationAsync(set, old);
        (await set.InsertAsync(old, "lost", 1))["n"].AsInt32.ShouldBe(1);
        (await set.IdsAsync(old)).ShouldBe(["kept", "lost"]);

        var successor = await SucceedAsync(set, old);
        await set.InsertAsync(successor, "newer", "majority");
        await set.Cluster.RestartAsync(old, TestContext.Current.CancellationToken);

        await set.EveryoneHasAsync("kept", "newer");
        var rollback = await set.RunAsync(old, new() { { "replSetGetRBID", 1 } }, "admin");
        rollback["rbid"].AsInt32.ShouldBe(2);
        var counted = await set.RunAsync(
            old,
            new()
            {
                { "count", "c" },
                {
                    "$readPreference",
                    new DocumentBuilder { { "mode", "nearest" } }
                },
            }
        );
        counted["n"].AsInt32.ShouldBe(2);
    }

    [Fact]
    public async Task A_collection_that_only_a_deposed_primary_has_dropped_comes_back_with_its_documents()
    {
        await using var set = await ClusterUnderTest.StartAsync();
        var old = await set.PrimaryAsync();
        await set.InsertAsync(old, "kept", 3);
        await StopReplicationAsync(set, old);
        await set.RunAsync(
            old,
            new()
            {
                { "drop", "c" },
                {
                    "writeConcern",
                    new DocumentBuilder { { "w", 1 } }
                },
            }
        );
        (await set.IdsAsync(old)).ShouldBeEmpty();

        await SucceedAsync(set, old);
        await set.Cluster.RestartAsync(old, TestContext.Current.CancellationToken);

        await set.EveryoneHasAsync("kept");
    }

    [Fact]
    public async Task A_member_whose_place_is_no_longer_in_the_oplog_serves_nothing_until_it_is_resynced()
    {
        await using var set = await ClusterUnderTest.StartAsync(new() { OplogBytesMax = 64 * 1024 });
        var primary = await set.PrimaryAsync();
        var stale = (primary + 1) % 3;
        await set.InsertAsync(primary, "first", 3);
        var place = set.Cluster.Running(stale).Node.LastApplied.Time;
        await set.Cluster.KillAsync(stale, TestContext.Current.CancellationToken);
        await FillOplogAsync(set, primary, place);

        await set.Cluster.RestartAsync(stale, TestContext.Current.CancellationToken);
        await set.UntilAsync(
            () => Task.FromResult(set.StateOf(stale) == MemberState.Recovering),
            "the member does not notice that it is too stale"
        );
        (await set.IdsAsync(stale)).ShouldBe(["NotPrimaryOrSecondary"]);

        await set.FaultAsync(primary, "sandboxResync", "alwaysOn", new() { { "member", stale } });
        await set.EveryoneHasAsync("first");
        (await set.InsertAsync(await set.PrimaryAsync(), "second", 3))["writeConcernError"].IsMissing.ShouldBeTrue();
    }

    private static async Task StopReplicationAsync(ClusterUnderTest set, int primary)
    {
        foreach (var other in Enumerable.Range(0, 3).Where(i => i != primary))
        {
            await set.FaultAsync(other, "rsSyncApplyStop", "alwaysOn", []);
        }
    }

    /// <summary>Kills a primary and lets the others, which go on replicating, elect another.</summary>
    private static async Task<int> SucceedAsync(ClusterUnderTest set, int primary)
    {
        await set.Cluster.KillAsync(primary, TestContext.Current.CancellationToken);
        foreach (var other in Enumerable.Range(0, 3).Where(i => i != primary))
        {
            await set.FaultAsync(other, "rsSyncApplyStop", "off", []);
        }

        return await set.PrimaryAsync(otherThan: primary);
    }

    private static async Task FillOplogAsync(ClusterUnderTest set, int primary, ClusterTime until)
    {
        var oplog = set.Cluster.Running(primary).Node.Oplog;
        var filler = new DocumentBuilder { { "x", new string('x', 16 * 1024) } };
        await set.UntilAsync(
            async () =>
            {
                await set.RunAsync(
                    primary,
                    new() { { "insert", "filler" }, { "documents", RawValue.Array([filler]) } }
                );
                return oplog.First > until;
            },
            "the oplog does not lose its oldest entries"
        );
    }
}
