using Godwit.Bson;
using Godwit.Sandbox.Sessions;
using Godwit.Sandbox.Transactions;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Sharding;

/// <summary>
/// A two-phase commit whose coordinator dies: what <c>config.transaction_coordinators</c> says is carried out by the next one
/// (transaction_coordinator.cpp).
/// </summary>
public sealed class CoordinatorTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("godwit-coordinator-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(2, true, 2)]
    [InlineData(2, false, 2)]
    [InlineData(1, false, 0)]
    [InlineData(0, false, 0)]
    public async Task A_transaction_ends_the_same_on_every_shard_when_its_coordinator_died(
        int prepared,
        bool isDecided,
        int found
    )
    {
        var options = new ShardedOptions { DataDirectory = folder };
        var session = Guid.NewGuid();
        await using (var cluster = await ShardedUnderTest.StartSplitAsync(options))
        {
            await using var connection = await cluster.ConnectAsync();
            await InsertAsync(connection, session, "a", 1, starts: true);
            await InsertAsync(connection, session, "b", 150, starts: false);
            var id = new LogicalSessionId(session, LogicalSessionId.NoUser);
            var time = ClusterTime.Zero;
            foreach (var shard in cluster.Cluster.Shards.Take(prepared))
            {
                time = ClusterTime.Max(time, PreparedTransactions.Prepare(shard.TryFindPrimary()!.Node, id, 1));
            }

            var record = new DocumentBuilder
            {
                {
                    "_id",
                    new DocumentBuilder { { "lsid", id.ToDocument() }, { "txnNumber", 1L } }
                },
                { "participants", new ArrayBuilder { "s0", "s1" }.Build() },
            };
            if (isDecided)
            {
                record.Add("decision", new DocumentBuilder { { "decision", "commit" }, { "commitTimestamp", time } });
            }

            await cluster
                .Cluster.Shards[0]
                .TryFindPrimary()!
                .Writes.PutAsync(new("config", "transaction_coordinators"), record.Build(), Cancellation);
        }

        await using var again = await ShardedUnderTest.StartAsync(options);

        (await again.ReadAsync("t", "{find: 'c'}")).Count.ShouldBe(found);
        var left = await again.RunOnShardAsync(0, "config", "{find: 'transaction_coordinators'}");
        ShardedUnderTest.Batch(left).ShouldBeEmpty();
        await again.ExpectAsync("t", "{insert: 'c', documents: [{_id: 'c', k: 1}, {_id: 'd', k: 150}]}");
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static async Task InsertAsync(
        Wire.Client.WireConnection connection,
        Guid session,
        string id,
        int key,
        bool starts
    )
    {
        var command = ShellText
            .Command($"{{insert: 'c', documents: [{{_id: '{id}', k: {key}}}]}}")
            .Add("lsid", new DocumentBuilder { { "id", RawValue.Uuid(session) } })
            .Add("txnNumber", 1L)
            .Add("autocommit", false);
        if (starts)
        {
            command.Add("startTransaction", true);
        }

        (await ShardedUnderTest.RunAsync(connection, "t", command))["n"].ToInt64().ShouldBe(1);
    }
}
