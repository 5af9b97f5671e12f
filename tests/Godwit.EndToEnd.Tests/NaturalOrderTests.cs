using Godwit.EndToEnd.Tests.Harness;
using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.EndToEnd.Tests;

/// <summary>
/// A collection with random keys that is copied in natural order while documents anywhere in it change, go, and come back elsewhere (S8):
/// the other client compares it byte for byte.
/// </summary>
public sealed class NaturalOrderTests
{
    private const int Documents = 8_000;
    private const int DocumentBytes = 4_000;
    private const int HoldMilliseconds = 3_000;
    private const string Natural = """[{"database": "natural", "collections": ["random"]}]""";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [Trait("Set", "Long")]
    [InlineData("8.0", "8.0", 1)]
    [InlineData("6.0", "7.0", 2)]
    [Requirement("S8")]
    [Requirement("S16")]
    public async Task Killed_in_its_copy_it_is_copied_anew_and_arrives_whole(string from, string to, int seed)
    {
        await using var rig = await Rig.StartPairAsync(
            [.. Rig.OneMember, "--mongo-version", from],
            [.. Rig.OneMember, "--mongo-version", to]
        );
        var random = new Random(seed);
        var ids = Enumerable.Range(0, Documents).Select(_ => NewId(random)).ToList();
        var collection = rig.Source.Client.GetDatabase("natural").GetCollection<BsonDocument>("random");
        foreach (var some in ids.Chunk(1_000))
        {
            await collection.InsertManyAsync(some.Select(id => Document(id, random)), null, Cancellation);
        }

        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var writing = WriteAsync(collection, ids, random, stopping.Token);
        await using var migration = rig.Migrate("--natural-order", Natural);
        _ = await rig.Destination.HoldCommandsAsync(
            new BsonDocument("times", 100),
            "insert",
            "natural.random",
            HoldMilliseconds,
            Cancellation
        );
        migration.Start();
        await migration.ReachAsync("copying");
        await migration.ShowAsync(line => line.DocumentsCopied > 0);
        await migration.KillAsync();
        await rig.Destination.RefuseNothingAsync();

        migration.Start();
        await migration.WarnAsync("natural.random is copied anew");
        await migration.ReachAsync("inSync");
        await stopping.CancelAsync();
        await writing;
        await migration.CutOverAsync();

        migration.Newest().Differences.ShouldBe(0);
        await rig.ShouldBeIdenticalAsync();
        var (code, verified) = await rig.VerifyAsync();
        code.ShouldBe(0, verified);
    }

    /// <summary>Changes of all kinds, anywhere, until it is told to stop.</summary>
    private static async Task WriteAsync(
        IMongoCollection<BsonDocument> collection,
        List<BsonBinaryData> ids,
        Random random,
        CancellationToken cancellationToken
    )
    {
        for (var round = 0; !cancellationToken.IsCancellationRequested; round++)
        {
            var one = Builders<BsonDocument>.Filter.Eq("_id", ids[random.Next(ids.Count)]);
            var found = await collection.Find(one).FirstOrDefaultAsync(Cancellation);
            switch (random.Next(4))
            {
                case 0 when found is not null:
                    // It comes back behind all others, and a read in natural order meets it twice or late.
                    _ = await collection.DeleteOneAsync(one, Cancellation);
                    await collection.InsertOneAsync(found.Set("round", round), null, Cancellation);
                    break;
                case 1:
                    _ = await collection.DeleteOneAsync(one, Cancellation);
                    break;
                case 2:
                    ids.Add(NewId(random));
                    await collection.InsertOneAsync(Document(ids[^1], random), null, Cancellation);
                    break;
                default:
                    var change = Builders<BsonDocument>.Update.Set("round", round).Push("rounds", round);
                    _ = await collection.UpdateOneAsync(one, change, null, Cancellation);
                    break;
            }
        }
    }

    private static BsonBinaryData NewId(Random random)
    {
        var bytes = new byte[16];
        random.NextBytes(bytes);
        return new(bytes, BsonBinarySubType.Binary);
    }

    private static BsonDocument Document(BsonBinaryData id, Random random)
    {
        var bytes = new byte[DocumentBytes];
        random.NextBytes(bytes);
        return new() { { "_id", id }, { "bytes", bytes } };
    }
}
