using Godwit.Sandbox.Sharding;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Sharding;

/// <summary>What the balancer moves, and when: balancer_policy.cpp and balancer_configuration.cpp of MongoDB 8.0.</summary>
public sealed class BalancerTests
{
    private const int Megabytes = 10;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static ShardedOptions Quick => new() { BalancerPause = TimeSpan.FromMilliseconds(200) };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_moves_data_until_the_shards_are_less_than_three_chunks_apart()
    {
        await using var cluster = await StartLoadedAsync();
        var imbalance = await cluster.ExpectAsync("admin", "{balancerCollectionStatus: 't.c'}");
        imbalance["chunkSize"].AsDouble.ShouldBe(1);
        imbalance["balancerCompliant"].AsBoolean.ShouldBeFalse();
        imbalance["firstComplianceViolation"].AsString.ShouldBe("chunksImbalance");

        await cluster.ExpectAsync("admin", "{balancerStart: 1}");

        await UntilAsync(async () => await IsCompliantAsync(cluster), "the data were not spread");
        var owned = await OwnedAsync(cluster);
        owned.Values.Sum().ShouldBe(Megabytes * 10);
        owned.Values.Min().ShouldBeGreaterThan(20);
        (await cluster.ReadAsync("t", "{aggregate: 'c', pipeline: [{$count: 'n'}], cursor: {}}"))[0]
            ["n"]
            .ToInt64()
            .ShouldBe(Megabytes * 10);
        var rounds = await cluster.ReadAsync("config", "{find: 'actionlog', filter: {what: 'balancer.round'}}");
        rounds.ShouldNotBeEmpty();
        rounds[0]["details"].AsDocument["chunksMoved"].ToInt64().ShouldBe(1);
        var moves = await cluster.ReadAsync("config", "{find: 'changelog', filter: {what: 'moveChunk.commit'}}");
        moves.ShouldAllBe(move => move["details"].AsDocument["from"] == "s0" && move["ns"] == "t.c");
    }

    [Fact]
    public async Task Stopped_it_says_so_and_a_round_that_went_on_is_over()
    {
        await using var cluster = await StartLoadedAsync();

        var status = await cluster.ExpectAsync("admin", "{balancerStatus: 1}");

        status["mode"].AsString.ShouldBe("off");
        status["inBalancerRound"].AsBoolean.ShouldBeFalse();
        (await OwnedAsync(cluster)).ShouldBe(new Dictionary<string, long> { ["s0"] = Megabytes * 10 });
        await cluster.ExpectAsync("admin", "{balancerStart: 1}");
        (await cluster.ExpectAsync("admin", "{balancerStatus: 1}"))["mode"].AsString.ShouldBe("full");
    }

    [Fact]
    public async Task It_cuts_chunks_where_zones_begin_and_end_and_moves_them_to_the_zones_shards()
    {
        await using var cluster = await ShardedUnderTest.StartSplitAsync(Quick);
        await cluster.ExpectAsync("admin", "{addShardToZone: 's1', zone: 'z'}");
        await cluster.ExpectAsync("admin", "{updateZoneKeyRange: 't.c', min: {k: 10}, max: {k: 20}, zone: 'z'}");
        await cluster.ExpectAsync("t", "{insert: 'c', documents: [{_id: 1, k: 15}, {_id: 2, k: 5}]}");

        await cluster.ExpectAsync("admin", "{balancerStart: 1}");

        await UntilAsync(async () => await IsCompliantAsync(cluster), "the zone was not kept");
        (await cluster.ReadAsync("config", "{find: 'chunks', filter: {'min.k': 10, 'max.k': 20}}"))
            .ShouldHaveSingleItem()["shard"]
            .AsString.ShouldBe("s1");
        (await cluster.ReadAsync("config", "{find: 'chunks', filter: {'max.k': 10}}"))[0]
            ["shard"]
            .AsString.ShouldBe("s0");
        (await cluster.ReadAsync("t", "{find: 'c'}")).Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("08:00", "18:00", "12:00", true)]
    [InlineData("08:00", "18:00", "19:00", false)]
    [InlineData("22:00", "06:00", "23:30", true)]
    [InlineData("22:00", "06:00", "05:00", true)]
    [InlineData("22:00", "06:00", "12:00", false)]
    public void A_window_lets_it_work_at_its_hours_only_over_midnight_too(
        string start,
        string stop,
        string now,
        bool isActive
    )
    {
        var settings = new BalancerSettings(IsOn: true, Waits: false, (Time(start), Time(stop)));

        settings.IsActiveAt(Time(now)).ShouldBe(isActive);
    }

    [Theory]
    [InlineData("admin", "{configureCollectionBalancing: 't.c', enableBalancing: false}")]
    [InlineData("config", "{update: 'collections', updates: [{q: {_id: 't.c'}, u: {$set: {noBalance: true}}}]}")]
    public async Task A_collection_that_is_not_to_be_balanced_is_left_alone_and_another_is_not(
        string database,
        string command
    )
    {
        await using var cluster = await StartLoadedAsync();
        await cluster.ExpectAsync(database, command);
        await cluster.ExpectAsync("admin", "{shardCollection: 't.d', key: {k: 1}}");
        await cluster.ExpectAsync("admin", "{addShardToZone: 's1', zone: 'z'}");
        await cluster.ExpectAsync("admin", "{updateZoneKeyRange: 't.d', min: {k: 1}, max: {k: 2}, zone: 'z'}");

        await cluster.ExpectAsync("admin", "{balancerStart: 1}");

        await UntilAsync(
            async () => (await cluster.ReadAsync("config", "{find: 'chunks', filter: {shard: 's1'}}")).Count == 1,
            "the other collection's zone was not kept"
        );
        (await OwnedAsync(cluster)).Keys.ShouldBe(["s0"]);
    }

    /// <summary>sharding_catalog_manager_collection_operations.cpp, configureCollectionBalancing.</summary>
    [Fact]
    public async Task Settings_of_a_collection_are_changed_one_by_one_and_its_chunk_size_goes_back_to_the_clusters()
    {
        await using var cluster = await ShardedUnderTest.StartSplitAsync();
        await cluster.ExpectAsync(
            "config",
            "{update: 'collections', updates: [{q: {_id: 't.c'}, u: {$set: {noBalance: true}}}]}"
        );
        await cluster.ExpectAsync("admin", "{configureCollectionBalancing: 't.c', chunkSize: 5}");
        await cluster.ExpectAsync("admin", "{configureCollectionBalancing: 't.c', enableAutoMerger: false}");
        var wrong = await cluster.RunAsync("admin", "{configureCollectionBalancing: 't.c', chunkSize: 2000}");

        wrong["code"].ToInt64().ShouldBe(72);
        var entry = (await cluster.ReadAsync("config", "{find: 'collections', filter: {_id: 't.c'}}"))[0];
        entry["noBalance"].AsBoolean.ShouldBeTrue("it was set past the routers' copy");
        entry["maxChunkSizeBytes"].ToInt64().ShouldBe(5 * 1024 * 1024);
        entry["enableAutoMerge"].AsBoolean.ShouldBeFalse();
        await cluster.ExpectAsync("admin", "{configureCollectionBalancing: 't.c', chunkSize: 0}");
        (await cluster.ReadAsync("config", "{find: 'collections', filter: {_id: 't.c'}}"))[0]
            .Has("maxChunkSizeBytes")
            .ShouldBeFalse();
    }

    private static TimeSpan Time(string text) =>
        TimeSpan.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Ten megabytes on s0, chunks of one megabyte, the balancer stopped.</summary>
    private static async Task<ShardedUnderTest> StartLoadedAsync()
    {
        var cluster = await ShardedUnderTest.StartAsync(Quick);
        await cluster.ExpectAsync("admin", "{balancerStop: 1}");
        await cluster.ExpectAsync(
            "config",
            "{update: 'settings', updates: [{q: {_id: 'chunksize'}, u: {$set: {value: 1}}, upsert: true}]}"
        );
        await cluster.ExpectAsync("admin", "{enableSharding: 't', primaryShard: 's0'}");
        await cluster.ExpectAsync("admin", "{shardCollection: 't.c', key: {k: 1}}");
        var text = new string('x', 100_000);
        for (var i = 0; i < Megabytes; i++)
        {
            var documents = Enumerable.Range(i * 10, 10).Select(k => $"{{_id: {k}, k: {k}, text: '{text}'}}");
            await cluster.ExpectAsync("t", $"{{insert: 'c', documents: [{string.Join(", ", documents)}]}}");
        }

        return cluster;
    }

    private static async Task<bool> IsCompliantAsync(ShardedUnderTest cluster) =>
        (await cluster.ExpectAsync("admin", "{balancerCollectionStatus: 't.c'}"))["balancerCompliant"].AsBoolean;

    private static async Task<Dictionary<string, long>> OwnedAsync(ShardedUnderTest cluster)
    {
        var found = await cluster.ReadAsync(
            "admin",
            "{aggregate: 1, pipeline: [{$shardedDataDistribution: {}}], cursor: {}}"
        );
        return found
            .First(entry => entry["ns"] == "t.c")["shards"]
            .AsDocument.Values()
            .ToDictionary(
                shard => shard.AsDocument["shardName"].AsString,
                shard => shard.AsDocument["numOwnedDocuments"].ToInt64()!.Value
            );
    }

    private static Task UntilAsync(Func<Task<bool>> holds, string otherwise) =>
        Condition.UntilAsync(holds, () => otherwise, Patience, Cancellation);
}
