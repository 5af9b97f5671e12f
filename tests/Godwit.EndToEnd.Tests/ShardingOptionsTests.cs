using Godwit.EndToEnd.Tests.Harness;
using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.EndToEnd.Tests;

/// <summary>A replica set's collections are sharded on the destination as a file says, spread before the copy, while they are written to.</summary>
[Requirement("B05")]
[Requirement("B06")]
public sealed class ShardingOptionsTests : IDisposable
{
    private const string Keyed =
        """{"database": "work", "collection": "keyed", "shardCollection": {"key": [{"k": 1}, {"_id": 1}]}}""";
    private const string One = """{"database": "work", "collection": "one", "shardCollection": {"key": {"_id": 1}}}""";
    private const string Two =
        """{"database": "work", "collection": "two", "shardCollection": {"key": {"_id": "hashed"}}}""";
    private readonly string file = Path.Combine(Path.GetTempPath(), $"godwit-sharding-{Guid.NewGuid():N}.json");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => File.Delete(file);

    [Fact, Requirement("S13")]
    public async Task Named_collections_arrive_sharded_and_spread_while_their_shard_keys_change()
    {
        await using var rig = await Rig.StartPairAsync(Rig.OneMember, ["--sharded", "3x1", "--mongos", "2"]);
        await new StillData(rig).FillAsync();
        await using var workload = await rig.WriteAsync("sharded", 51);
        await workload.AdvanceAsync(600);
        await WriteAsync(createIndexes: true, Keyed, One, Two);
        await using var migration = rig.Migrate("--sharding", file);
        migration.Start();
        await migration.ReachAsync("inSync");

        await ShouldBeSpreadAsync(rig.Destination);
        await workload.AdvanceAsync(600);
        await migration.KillAsync();
        await using var resumed = rig.Migrate();
        resumed.Start();
        await resumed.ReachAsync("inSync");
        await workload.AdvanceAsync(600);
        _ = await workload.StopAsync();
        await resumed.CutOverAsync();

        await rig.ShouldBeIdenticalAsync();
        resumed.Newest().Differences.ShouldBe(0);
        (await PrimariesAsync(rig.Destination)).Distinct().Count().ShouldBe(2);
    }

    [Fact]
    public async Task What_cannot_be_sharded_is_named_before_anything_is_changed()
    {
        await using var rig = await Rig.StartPairAsync(Rig.OneMember, ["--sharded", "2x1"]);
        await rig
            .Source.Client.GetDatabase("work")
            .GetCollection<BsonDocument>("keyed")
            .InsertOneAsync(new("k", 1), null, Cancellation);
        await WriteAsync(createIndexes: false, Keyed, One);

        var (code, program) = await MigrateAsync(rig);
        await using var first = program;
        code.ShouldBe(4);
        program.Errors.ShouldContain("work.keyed has no index that supports");
        program.Errors.ShouldContain("work.one is not on the source");
        (
            await (await rig.Destination.Client.ListDatabaseNamesAsync(Cancellation)).ToListAsync(Cancellation)
        ).ShouldNotContain("work");

        await File.WriteAllTextAsync(file, "{\n  \"shardingEntrys\": []}", Cancellation);
        (code, program) = await MigrateAsync(rig);
        await using var second = program;
        code.ShouldBe(2);
        program.Errors.ShouldContain("line 2, column 3: 'shardingEntrys' is not known");
    }

    [Fact]
    public async Task Other_options_than_a_migration_has_begun_with_are_refused()
    {
        await using var rig = await Rig.StartPairAsync(Rig.OneMember, ["--sharded", "2x1"]);
        await rig
            .Source.Client.GetDatabase("work")
            .GetCollection<BsonDocument>("one")
            .InsertOneAsync(new("k", 1), null, Cancellation);
        await WriteAsync(createIndexes: false, One);
        await using var migration = rig.Migrate("--sharding", file);
        migration.Start();
        await migration.ReachAsync("inSync");
        await migration.KillAsync();
        await WriteAsync(createIndexes: false);

        var (code, program) = await MigrateAsync(rig);

        await using var running = program;
        code.ShouldBe(5);
        program.Output.ShouldContain("ShardingChanged");
    }

    private Task WriteAsync(bool createIndexes, params string[] entries) =>
        File.WriteAllTextAsync(
            file,
            $$"""{"createSupportingIndexes": {{(createIndexes ? "true" : "false")}}, "shardingEntries": [{{string.Join(", ", entries)}}]}""",
            Cancellation
        );

    private Task<(int Code, RunningProgram Program)> MigrateAsync(Rig rig) =>
        GodwitProgram.RunAsync(
            Rig.Patience,
            Cancellation,
            "migrate",
            "--source",
            rig.Source.ConnectionString,
            "--destination",
            rig.Destination.ConnectionString,
            "--sharding",
            file
        );

    /// <summary>Each of the three has its key and a part on every shard; the fourth is not sharded.</summary>
    private static async Task ShouldBeSpreadAsync(TestCluster destination)
    {
        var config = destination.Client.GetDatabase("config");
        var sharded = await config
            .GetCollection<BsonDocument>("collections")
            .Find(new BsonDocument("_id", new BsonRegularExpression("^work\\.")))
            .Sort(new BsonDocument("_id", 1))
            .ToListAsync(Cancellation);
        sharded
            .Select(entry => (entry["_id"].AsString, entry["key"].ToJson()))
            .ShouldBe([
                ("work.keyed", """{ "k" : 1, "_id" : 1 }"""),
                ("work.one", """{ "_id" : 1 }"""),
                ("work.two", """{ "_id" : "hashed" }"""),
            ]);
        foreach (var entry in sharded)
        {
            var chunks = await config
                .GetCollection<BsonDocument>("chunks")
                .Find(new BsonDocument("uuid", entry["uuid"]))
                .ToListAsync(Cancellation);
            chunks.Select(chunk => chunk["shard"].AsString).Distinct().Count().ShouldBe(3);
            var stats = await destination
                .Client.GetDatabase("work")
                .RunCommandAsync<BsonDocument>(
                    new BsonDocument("collStats", entry["_id"].AsString[5..]),
                    null,
                    Cancellation
                );
            var counts = stats["shards"].AsBsonDocument.Values.Select(shard => shard["count"].ToInt64()).ToList();
            counts.Count.ShouldBe(3);
            counts.Min().ShouldBeGreaterThan(counts.Sum() / 12);
        }
    }

    private static async Task<IEnumerable<string>> PrimariesAsync(TestCluster destination)
    {
        var entries = await destination
            .Client.GetDatabase("config")
            .GetCollection<BsonDocument>("databases")
            .Find(new BsonDocument("_id", new BsonDocument("$in", new BsonArray { "work", "still" })))
            .ToListAsync(Cancellation);
        return entries.Select(entry => entry["primary"].AsString);
    }
}
