using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Xunit;

namespace Godwit.EndToEnd.Tests.Harness;

/// <summary>
/// Writes to capped collections without pause, so that they turn all the time: one that a copy takes several batches for, and a small one
/// in which ids come back, documents change in their place and leave before their time.
/// </summary>
internal sealed class CappedWriter(Rig rig, int seed) : IAsyncDisposable
{
    private const int RingDocuments = 4_000;
    private const int DocumentBytes = 2_000;
    private const int FewMax = 50;
    private const int FewIds = 60;
    private readonly IMongoDatabase source = rig.Source.Client.GetDatabase("capped");
    private readonly Random random = new(seed);
    private readonly CancellationTokenSource stopping = new();
    private Task writing = Task.CompletedTask;
    private int rounds;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private IMongoCollection<BsonDocument> Ring => source.GetCollection<BsonDocument>("ring");

    private IMongoCollection<BsonDocument> Few => source.GetCollection<BsonDocument>("few");

    /// <summary>Makes both, full from the start.</summary>
    public async Task FillAsync()
    {
        var ring = new CreateCollectionOptions
        {
            Capped = true,
            MaxSize = 16 << 20,
            MaxDocuments = RingDocuments,
        };
        var few = new CreateCollectionOptions
        {
            Capped = true,
            MaxSize = 1 << 20,
            MaxDocuments = FewMax,
        };
        await source.CreateCollectionAsync("ring", ring, Cancellation);
        await source.CreateCollectionAsync("few", few, Cancellation);
        await Ring.InsertManyAsync(Enumerable.Range(-RingDocuments, RingDocuments).Select(Large), null, Cancellation);
        for (var i = 0; i < FewIds; i++)
        {
            await WriteFewAsync(i);
        }
    }

    public void Start() => writing = Task.Run(WriteAsync, Cancellation);

    /// <summary>Waits until it has written on.</summary>
    public Task AdvanceAsync(int by)
    {
        var goal = Volatile.Read(ref rounds) + by;
        return Condition.UntilAsync(
            () =>
                writing.IsFaulted
                    ? writing.ContinueWith(_ => true, Cancellation)
                    : Task.FromResult(Volatile.Read(ref rounds) >= goal),
            () => "nothing is written",
            Rig.Patience,
            Cancellation
        );
    }

    public async Task StopAsync()
    {
        await stopping.CancelAsync();
        await writing;
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        _ = await Task.WhenAny(writing);
        stopping.Dispose();
    }

    private async Task WriteAsync()
    {
        for (var i = 0; !stopping.IsCancellationRequested; i++)
        {
            await Ring.InsertManyAsync(Enumerable.Range(i * 3, 3).Select(Large), null, Cancellation);
            await ChangeAsync(Ring, (i * 3) - random.Next(RingDocuments));
            await WriteFewAsync(FewIds + i);
            _ = Interlocked.Increment(ref rounds);
        }
    }

    private async Task WriteFewAsync(int i)
    {
        await Few.DeleteOneAsync(new BsonDocument("_id", i % FewIds), Cancellation);
        await Few.InsertOneAsync(new() { { "_id", i % FewIds }, { "n", i } }, null, Cancellation);
        await ChangeAsync(Few, random.Next(FewIds));
        if (random.Next(4) == 0)
        {
            await Few.DeleteOneAsync(new BsonDocument("_id", random.Next(FewIds)), Cancellation);
        }
    }

    private Task ChangeAsync(IMongoCollection<BsonDocument> collection, int id)
    {
        var change = random.Next(3) switch
        {
            0 => new BsonDocument("$set", new BsonDocument("abc"[random.Next(3)].ToString(), random.Next(1000))),
            1 => new BsonDocument("$unset", new BsonDocument("abc"[random.Next(3)].ToString(), "")),
            _ => new BsonDocument("$push", new BsonDocument("list", random.Next(1000))),
        };
        return collection.UpdateOneAsync(new BsonDocument("_id", id), change, null, Cancellation);
    }

    private BsonDocument Large(int id)
    {
        var bytes = new byte[DocumentBytes];
        random.NextBytes(bytes);
        return new() { { "_id", id }, { "bytes", bytes } };
    }
}
