using Godwit.Bson;
using Godwit.Sandbox.Replication;
using Godwit.Sandbox.Storage;
using Godwit.Wire.Client;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Replication;

/// <summary>Who is primary when members die, stand still, are cut off or asked to step down; no acknowledged write is lost by it.</summary>
public sealed class ElectionTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_killed_primary_is_succeeded_and_comes_back_as_a_secondary_with_all_writes()
    {
        await using var set = await ClusterUnderTest.StartAsync();
        var first = await set.PrimaryAsync();
        await set.InsertAsync(first, "1", "majority");
        await set.Cluster.KillAsync(first, Cancellation);
        var second = await set.PrimaryAsync(otherThan: first);
        await set.InsertAsync(second, "2", "majority");

        await set.Cluster.RestartAsync(first, Cancellation);

        await set.EveryoneHasAsync("1", "2");
        set.StateOf(first).ShouldBe(MemberState.Secondary);
    }

    [Fact]
    public async Task A_stalled_primary_is_succeeded_and_steps_down_when_it_wakes_up()
    {
        await using var set = await ClusterUnderTest.StartAsync();
        var first = await set.PrimaryAsync();
        var other = (first + 1) % 3;
        await using var waiting = await set.ConnectAsync(first);
        await set.FaultAsync(other, "sandboxStall", "alwaysOn", new() { { "member", first } });
        var reply = ClusterUnderTest.RunAsync(waiting, new() { { "ping", 1 } });

        var second = await set.PrimaryAsync(otherThan: first);
        await set.InsertAsync(second, "2", "majority");

        reply.IsCompleted.ShouldBeFalse();
        await set.FaultAsync(other, "sandboxStall", "off", new() { { "member", first } });
        (await reply)["ok"].ToInt64().ShouldBe(1);
        await set.EveryoneHasAsync("2");
        set.StateOf(first).ShouldBe(MemberState.Secondary);
    }

    [Fact]
    public async Task Primaries_that_freeze_one_after_the_other_are_each_succeeded()
    {
        await using var set = await ClusterUnderTest.StartAsync();
        var frozen = await set.PrimaryAsync();
        for (var round = 0; round < 3; round++)
        {
            await using var connection = await set.ConnectAsync(frozen);
            await set.FaultAsync((frozen + 1) % 3, "sandboxStall", "alwaysOn", new() { { "member", frozen } });
            var unanswered = TryInsertAsync(connection, $"asked of the frozen {round}");
            var next = await set.PrimaryAsync(otherThan: frozen);
            await set.InsertAsync(next, $"written {round}", "majority");

            // What it was asked while it was frozen it does before it learns that it is primary no more.
            await set.FaultAsync(next, "sandboxStall", "off", new() { { "member", frozen } });
            await unanswered;
            await set.EveryoneHasAsync([.. Enumerable.Range(0, round + 1).Select(one => $"written {one}")]);
            frozen = next;
        }
    }

    [Fact]
    public async Task A_primary_without_a_majority_acknowledges_nothing_that_wants_one_and_steps_down()
    {
        await using var set = await ClusterUnderTest.StartAsync();
        var first = await set.PrimaryAsync();
        var other = (first + 1) % 3;
        await set.FaultAsync(other, "sandboxPartition", "alwaysOn", new() { { "member", first } });

        var reply = await set.InsertAsync(first, "lost", "majority");

        (reply["writeConcernError"].Type == BsonType.Document || reply["code"].ToInt64() == 10107).ShouldBeTrue();
        var second = await set.PrimaryAsync(otherThan: first);
        await set.FaultAsync(second, "sandboxPartition", "off", new() { { "member", first } });
        await set.InsertAsync(second, "kept", 3);
        await set.EveryoneHasAsync("kept");
    }

    [Fact]
    public async Task A_member_that_cannot_win_does_not_disturb_its_set()
    {
        await using var set = await ClusterUnderTest.StartAsync();
        var primary = await set.PrimaryAsync();
        var lonely = (primary + 1) % 3;
        var term = set.Cluster.Running(primary).Replica!.Term;
        await set.FaultAsync(primary, "sandboxPartition", "alwaysOn", new() { { "member", lonely } });
        var replica = set.Cluster.Running(lonely).Replica!;
        await set.UntilAsync(() => Task.FromResult(replica.PrimaryIndex < 0), "the member still hears its primary");

        replica.StandForElection().ShouldBeFalse();
        await set.FaultAsync(primary, "sandboxPartition", "off", new() { { "member", lonely } });

        await set.InsertAsync(primary, "1", 3);
        replica.Term.ShouldBe(term);
        (await set.PrimaryAsync()).ShouldBe(primary);
    }

    [Fact]
    public async Task A_primary_that_steps_down_hands_over_to_a_member_with_all_its_writes()
    {
        await using var set = await ClusterUnderTest.StartAsync();
        var first = await set.PrimaryAsync();
        await set.InsertAsync(first, "1", 1);

        var reply = await set.RunAsync(first, new() { { "replSetStepDown", 30 } }, "admin");

        reply["ok"].ToInt64().ShouldBe(1);
        var second = await set.PrimaryAsync(otherThan: first);
        (await set.IdsAsync(second)).ShouldBe(["1"]);
        (await set.InsertAsync(first, "2", 1))["codeName"].AsString.ShouldBe("NotWritablePrimary");
    }

    /// <summary>TopologyCoordinator::chooseElectionHandoffCandidate, topology_coordinator.cpp; one it does not know to be frozen: sessions-replica/stepdown.</summary>
    [Fact]
    public async Task A_member_that_is_known_to_be_frozen_is_passed_over_when_a_primary_hands_over()
    {
        await using var set = await ClusterUnderTest.StartAsync();
        var first = await set.PrimaryAsync();
        var (frozen, other) = (first == 0 ? 1 : 0, first == 2 ? 1 : 2);
        await set.InsertAsync(first, "1", 3);
        await set.RunAsync(frozen, new() { { "replSetFreeze", 600 } }, "admin");
        await set.UntilAsync(
            () => set.Cluster.Running(first).Replica!.Heard(frozen) is { IsElectable: false },
            "the primary does not hear of the freeze"
        );

        await set.RunAsync(first, new() { { "replSetStepDown", 600 } }, "admin");

        (await set.PrimaryAsync(otherThan: first)).ShouldBe(other);
        set.Cluster.Running(other).Replica!.Won!.Reason.ShouldBe("stepUpRequestSkipDryRun");
    }

    [Fact]
    public async Task A_primary_without_an_electable_secondary_does_not_step_down()
    {
        await using var set = await ClusterUnderTest.StartAsync();
        var primary = await set.PrimaryAsync();
        foreach (var other in Enumerable.Range(0, 3).Where(i => i != primary))
        {
            await set.FaultAsync(other, "rsSyncApplyStop", "alwaysOn", []);
        }

        await set.InsertAsync(primary, "1", 1);
        var reply = await set.RunAsync(
            primary,
            new() { { "replSetStepDown", 30 }, { "secondaryCatchUpPeriodSecs", 1 } },
            "admin"
        );

        reply["codeName"].AsString.ShouldBe("ExceededTimeLimit");
        set.StateOf(primary).ShouldBe(MemberState.Primary);
    }

    [Fact]
    public async Task A_majority_write_waits_for_members_that_apply_nothing_and_ends_at_its_timeout()
    {
        await using var set = await ClusterUnderTest.StartAsync();
        var primary = await set.PrimaryAsync();
        foreach (var other in Enumerable.Range(0, 3).Where(i => i != primary))
        {
            await set.FaultAsync(other, "rsSyncApplyStop", "alwaysOn", []);
        }

        var reply = await set.RunAsync(
            primary,
            new()
            {
                { "insert", "c" },
                { "documents", RawValue.Array([new DocumentBuilder { { "_id", "1" } }]) },
                {
                    "writeConcern",
                    new DocumentBuilder { { "w", "majority" }, { "wtimeout", 200 } }
                },
            }
        );

        reply["writeConcernError"].AsDocument["code"].AsInt32.ShouldBe(64);
        foreach (var other in Enumerable.Range(0, 3).Where(i => i != primary))
        {
            await set.FaultAsync(other, "rsSyncApplyStop", "off", []);
        }

        await set.EveryoneHasAsync("1");
    }

    [Fact]
    public async Task A_member_cut_off_from_its_clients_goes_on_replicating()
    {
        await using var set = await ClusterUnderTest.StartAsync();
        var primary = await set.PrimaryAsync();
        var secondary = (primary + 1) % 3;
        await set.FaultAsync(primary, "sandboxCutFromClients", "alwaysOn", new() { { "member", secondary } });
        var silent = Should.ThrowAsync<ConnectionException>(async () =>
        {
            await using var connection = await WireConnection.OpenAsync(
                $"127.0.0.1:{set.Cluster.Ports[secondary]}",
                new() { OpenTimeout = TimeSpan.FromMilliseconds(300) },
                Cancellation
            );
        });

        (await set.InsertAsync(primary, "1", 3))["writeConcernError"].IsMissing.ShouldBeTrue();
        await silent;
        await set.FaultAsync(primary, "sandboxCutFromClients", "off", new() { { "member", secondary } });
        (await set.IdsAsync(secondary)).ShouldBe(["1"]);
    }

    [Fact]
    public async Task A_member_can_be_killed_and_started_by_a_client_of_another()
    {
        await using var set = await ClusterUnderTest.StartAsync();
        var primary = await set.PrimaryAsync();
        var secondary = (primary + 1) % 3;
        await set.FaultAsync(primary, "sandboxKill", "alwaysOn", new() { { "member", secondary } });
        await set.UntilAsync(
            () => Task.FromResult(set.StateOf(secondary) == MemberState.Down),
            "the member still runs"
        );
        await set.InsertAsync(primary, "1", "majority");

        await set.FaultAsync(primary, "sandboxKill", "off", new() { { "member", secondary } });

        await set.EveryoneHasAsync("1");
    }

    [Fact]
    public async Task A_member_whose_loop_fails_ends_and_the_Sandbox_says_so()
    {
        var set = await ClusterUnderTest.StartAsync();
        var primary = await set.PrimaryAsync();
        var secondary = (primary + 1) % 3;
        // An entry of a kind that no member knows how to apply.
        var node = set.Cluster.Running(primary).Node;
        lock (node.WriteLock)
        {
            node.Commit(new(), new OplogDraft("x", "test.c", RawDocument.Empty));
        }

        await set.Cluster.Failure.WaitAsync(TimeSpan.FromSeconds(60), Cancellation);

        await Should.ThrowAsync<InvalidOperationException>(async () => await set.DisposeAsync());
        set.StateOf(secondary).ShouldBe(MemberState.Down);
    }

    /// <summary>Asks for a majority, and takes whatever comes of it: the member may die of its repair meanwhile.</summary>
    private static async Task TryInsertAsync(WireConnection connection, string id)
    {
        var insert = new DocumentBuilder
        {
            { "insert", "c" },
            { "documents", RawValue.Array([new DocumentBuilder { { "_id", id } }]) },
            {
                "writeConcern",
                new DocumentBuilder { { "w", "majority" } }
            },
        };
        try
        {
            _ = await ClusterUnderTest.RunAsync(connection, insert);
        }
        catch (IOException)
        {
            // It died without an answer.
        }
    }
}
