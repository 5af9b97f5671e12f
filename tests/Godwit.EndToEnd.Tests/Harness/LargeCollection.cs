using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Xunit;

namespace Godwit.EndToEnd.Tests.Harness;

/// <summary>A collection of several ranges (S5): two and a half times the size of one.</summary>
internal sealed class LargeCollection(Rig rig)
{
    public const int Documents = 160;
    private const int Bytes = 1_000_000;
    private const int AtOnce = 16;
    private const int HoldMilliseconds = 10_000;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Fills it. The first batch that copies it will stand on the destination for a while, so that its range is not finished.</summary>
    public async Task FillAsync()
    {
        var collection = rig.Source.Client.GetDatabase("work").GetCollection<BsonDocument>("large");
        var random = new Random(1);
        foreach (var ids in Enumerable.Range(0, Documents).Chunk(AtOnce))
        {
            await collection.InsertManyAsync(ids.Select(id => Document(id, random)), null, Cancellation);
        }

        _ = await rig.Destination.HoldCommandsAsync(
            new BsonDocument("times", 1),
            "insert",
            "work.large",
            HoldMilliseconds,
            Cancellation
        );
    }

    /// <summary>Waits until at least one of its ranges is saved as copied.</summary>
    public Task UntilSomeRangesAreSavedAsync() =>
        Condition.UntilAsync(
            async () => await CountSavedAsync() > 0,
            () => "no range of work.large is saved as copied",
            Rig.Patience,
            Cancellation
        );

    /// <summary>How many of its documents stand in ranges that are saved as copied.</summary>
    public async Task<long> CountSavedAsync()
    {
        var reserved = rig.Destination.Client.GetDatabase("godwit_reserved");
        var ranges = await reserved
            .GetCollection<BsonDocument>("ranges")
            .Find(new BsonDocument())
            .ToListAsync(Cancellation);
        return ranges.Sum(range => range.GetValue("upper", Documents).ToInt64() - range.GetValue("lower", 0).ToInt64());
    }

    private static BsonDocument Document(int id, Random random)
    {
        var bytes = new byte[Bytes];
        random.NextBytes(bytes);
        return new() { { "_id", id }, { "bytes", bytes } };
    }
}
