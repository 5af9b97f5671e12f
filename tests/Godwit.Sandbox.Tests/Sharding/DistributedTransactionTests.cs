using Godwit.Bson;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Sharding;

public sealed class DistributedTransactionTests
{
    private const int Accounts = 6;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_transaction_on_two_shards_is_seen_on_both_or_on_neither()
    {
        await using var cluster = await ShardedUnderTest.StartSplitAsync();
        await using var connection = await cluster.ConnectAsync();
        var session = Guid.NewGuid();
        await InsertAsync(connection, session, 1, "a", 1, starts: true);
        await InsertAsync(connection, session, 1, "b", 150, starts: false);
        (await cluster.ReadAsync("t", "{find: 'c'}")).ShouldBeEmpty();
        (await EndAsync(connection, session, 1, "commitTransaction"))["ok"].ToInt64().ShouldBe(1);
        (await cluster.ReadAsync("t", "{find: 'c'}")).Count.ShouldBe(2);
        await InsertAsync(connection, session, 2, "c", 2, starts: true);
        await InsertAsync(connection, session, 2, "d", 151, starts: false);
        (await EndAsync(connection, session, 2, "abortTransaction"))["ok"].ToInt64().ShouldBe(1);
        (await cluster.ReadAsync("t", "{find: 'c'}")).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Transfers_between_shards_whose_primaries_are_killed_neither_make_nor_lose_money()
    {
        await using var cluster = await ShardedUnderTest.StartSplitAsync(members: 3);
        var accounts = Enumerable.Range(0, Accounts).Select(i => $"{{_id: {i}, k: {i * 30}, money: 100}}");
        await cluster.ExpectAsync("t", $"{{insert: 'c', documents: [{string.Join(", ", accounts)}]}}");
        using var done = new CancellationTokenSource();
        var transfers = TransferAsync(cluster, done.Token);
        for (var kill = 0; kill < 4; kill++)
        {
            var shard = cluster.Cluster.Shards[kill % 2];
            await shard.WaitForPrimaryAsync(TestContext.Current.CancellationToken);
            var primary = shard.PrimaryIndex;
            if (primary >= 0)
            {
                await shard.KillAsync(primary, TestContext.Current.CancellationToken);
                await shard.WaitForPrimaryAsync(TestContext.Current.CancellationToken);
                await shard.RestartAsync(primary, TestContext.Current.CancellationToken);
            }
        }

        await done.CancelAsync();
        (await transfers).ShouldBeGreaterThan(0);
        var sum = await cluster.ReadAsync(
            "t",
            "{aggregate: 'c', pipeline: [{$group: {_id: null, money: {$sum: '$money'}, n: {$sum: 1}}}], cursor: {}}"
        );
        sum[0].ShouldBe(ShellText.Document($"{{_id: null, money: {Accounts * 100}, n: {Accounts}}}"));
    }

    [Fact]
    public async Task A_transaction_left_for_a_newer_one_through_another_router_holds_nothing_in_place()
    {
        await using var cluster = await ShardedUnderTest.StartAsync(new ShardedOptions { Routers = 2 });
        await cluster.ExpectAsync("t", "{create: 'c'}");
        await using var one = await cluster.ConnectAsync();
        await using var other = await cluster.ConnectAsync(router: 1);
        var session = Guid.NewGuid();
        await InsertAsync(one, session, 1, "left", 1, starts: true);
        await InsertAsync(other, session, 2, "kept", 1, starts: true);
        (await EndAsync(other, session, 2, "commitTransaction"))["ok"].ToInt64().ShouldBe(1);
        var left = await EndAsync(one, session, 1, "commitTransaction");
        left["code"].ToInt64().ShouldBe(225, "TransactionTooOld");

        await cluster.ExpectAsync("t", "{drop: 'c'}").WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
    }

    [Fact]
    public async Task A_killed_session_holds_nothing_in_place_on_any_router()
    {
        await using var cluster = await ShardedUnderTest.StartAsync(new ShardedOptions { Routers = 2 });
        await cluster.ExpectAsync("t", "{create: 'c'}");
        await using var connection = await cluster.ConnectAsync(router: 1);
        await InsertAsync(connection, Guid.NewGuid(), 1, "a", 1, starts: true);

        await cluster.ExpectAsync("admin", "{killAllSessions: []}");

        await cluster.ExpectAsync("t", "{drop: 'c'}").WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
    }

    [Fact]
    public async Task A_commit_through_another_router_asks_for_the_outcome_and_commits_no_part_alone()
    {
        await using var cluster = await ShardedUnderTest.StartSplitAsync(new ShardedOptions { Routers = 2 });
        await using var one = await cluster.ConnectAsync();
        await using var other = await cluster.ConnectAsync(router: 1);
        var session = Guid.NewGuid();
        await InsertAsync(one, session, 1, "a", 1, starts: true);
        await InsertAsync(one, session, 1, "b", 150, starts: false);
        var asked = await RecoverAsync(other, session, 1);
        asked["codeName"].AsString.ShouldBe("NoSuchTransaction", "it was not committed, and cannot be any more");
        (await EndAsync(one, session, 1, "commitTransaction"))["codeName"].AsString.ShouldBe("NoSuchTransaction");
        (await cluster.ReadAsync("t", "{find: 'c'}")).ShouldBeEmpty();

        await InsertAsync(one, session, 2, "c", 2, starts: true);
        await InsertAsync(one, session, 2, "d", 151, starts: false);
        (await EndAsync(one, session, 2, "commitTransaction"))["ok"].ToInt64().ShouldBe(1);
        (await RecoverAsync(other, session, 2))["ok"].ToInt64().ShouldBe(1);
    }

    private static Task<RawDocument> RecoverAsync(Wire.Client.WireConnection connection, Guid session, long number) =>
        ShardedUnderTest.RunAsync(
            connection,
            "admin",
            InTransaction(
                new()
                {
                    { "commitTransaction", 1 },
                    {
                        "recoveryToken",
                        new DocumentBuilder { { "recoveryShardId", "s0" } }
                    },
                },
                session,
                number,
                starts: false
            )
        );

    /// <summary>Moves money from the first accounts to the last ones until told to stop; gives the number of transfers committed.</summary>
    private static async Task<int> TransferAsync(ShardedUnderTest cluster, CancellationToken done)
    {
        await using var connection = await cluster.ConnectAsync();
        var session = Guid.NewGuid();
        var committed = 0;
        for (var number = 1L; !done.IsCancellationRequested; number++)
        {
            var (from, to) = (number % 3, 5 - (number % 2));
            var isMoved =
                await AddAsync(connection, session, number, from * 30, -1, starts: true)
                && await AddAsync(connection, session, number, to * 30, 1, starts: false);
            var command = isMoved ? "commitTransaction" : "abortTransaction";
            var reply = await EndAsync(connection, session, number, command);
            committed += isMoved && reply["ok"].ToInt64() == 1 ? 1 : 0;
        }

        return committed;
    }

    private static async Task<bool> AddAsync(
        Wire.Client.WireConnection connection,
        Guid session,
        long number,
        long key,
        int money,
        bool starts
    )
    {
        var command = ShellText.Command(
            $"{{update: 'c', updates: [{{q: {{k: {key}}}, u: {{$inc: {{money: {money}}}}}}}]}}"
        );
        var reply = await ShardedUnderTest.RunAsync(connection, "t", InTransaction(command, session, number, starts));
        return reply["ok"].ToInt64() == 1 && reply["nModified"].ToInt64() == 1;
    }

    private static async Task InsertAsync(
        Wire.Client.WireConnection connection,
        Guid session,
        long number,
        string id,
        int key,
        bool starts
    )
    {
        var command = ShellText.Command($"{{insert: 'c', documents: [{{_id: '{id}', k: {key}}}]}}");
        var reply = await ShardedUnderTest.RunAsync(connection, "t", InTransaction(command, session, number, starts));
        reply["n"].ToInt64().ShouldBe(1, reply.ToString());
    }

    private static Task<RawDocument> EndAsync(
        Wire.Client.WireConnection connection,
        Guid session,
        long number,
        string command
    ) =>
        ShardedUnderTest.RunAsync(
            connection,
            "admin",
            InTransaction(new() { { command, 1 } }, session, number, starts: false)
        );

    private static DocumentBuilder InTransaction(DocumentBuilder command, Guid session, long number, bool starts)
    {
        command
            .Add("lsid", new DocumentBuilder { { "id", RawValue.Uuid(session) } })
            .Add("txnNumber", number)
            .Add("autocommit", false);
        return starts ? command.Add("startTransaction", true) : command;
    }
}
