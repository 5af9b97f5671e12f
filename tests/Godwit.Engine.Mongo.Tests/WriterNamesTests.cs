using Godwit.Bson;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Preflight;
using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Mongo.Tests;

/// <summary>Who writes late is named (S27), by what the oplog keeps of a session, with no more rights than a migration has.</summary>
[Requirement("S27")]
public sealed class WriterNamesTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_user_of_a_write_that_can_be_retried_is_named_and_that_of_another_is_not()
    {
        await using var cluster = await LimitedCluster.StartAsync(false, "rs0", RequiredPrivileges.Source, "");
        await using var source = new MongoSource(MongoAddress.Parse(cluster.Limited), TimeProvider.System);
        using var retrying = new MongoClient(cluster.As("app"));
        await ThingsOf(retrying).InsertOneAsync(new BsonDocument("_id", "retried"), null, Token);
        var plain = MongoClientSettings.FromConnectionString(cluster.As("app"));
        plain.RetryWrites = false;
        using var other = new MongoClient(plain);
        await ThingsOf(other).InsertOneAsync(new BsonDocument("_id", "plain"), null, Token);

        (await source.NameWritersAsync([await TimeOfAsync("retried"), await TimeOfAsync("plain")], Token)).ShouldBe([
            "app@admin",
        ]);
        (await source.NameWritersAsync([await TimeOfAsync("plain")], Token)).ShouldBeEmpty();
        (await source.NameWritersAsync([], Token)).ShouldBeEmpty();

        async Task<ClusterTime> TimeOfAsync(string id)
        {
            var oplog = cluster.Client.GetDatabase("local").GetCollection<BsonDocument>("oplog.rs");
            var entry = await oplog.Find(new BsonDocument("o._id", id)).SingleAsync(Token);
            var time = entry["ts"].AsBsonTimestamp;
            return new((uint)time.Timestamp, (uint)time.Increment);
        }
    }

    private static IMongoCollection<BsonDocument> ThingsOf(MongoClient client) =>
        client.GetDatabase("shop").GetCollection<BsonDocument>("things");
}
