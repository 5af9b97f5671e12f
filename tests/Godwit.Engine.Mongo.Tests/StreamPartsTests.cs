using Godwit.Bson;
using Godwit.Engine.Changes;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Ports;
using Godwit.Sandbox;
using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Mongo.Tests;

/// <summary>A server parts its events among several streams, and merged they are what one stream shows (S10).</summary>
[Requirement("S10")]
public sealed class StreamPartsTests
{
    private const int Streams = 3;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Merged_streams_show_what_one_shows_in_its_order(bool isSharded)
    {
        var (address, stop) = isSharded ? await StartShardedAsync() : await StartSetAsync();
        await using (stop)
        {
            await using var source = new MongoSource(MongoAddress.Parse(address), TimeProvider.System);
            (await source.ProbeAsync(Token)).HashedKeys.ShouldBeTrue();
            await using var whole = await OpenAsync(source, null);
            using var client = new MongoClient(address);
            await WorkAsync(client);
            var end = await source.AppendNoteAsync("end", Token);
            var expected = await ReadAsync(source, whole, end);

            var merge = new StreamMerge<TokenPlace, string>(Streams);
            var counts = new List<int>();
            for (var index = 0; index < Streams; index++)
            {
                var start = ResumeToken.TimeOf(expected.From);
                await using var part = await OpenAsync(source, new(index, Streams), start);
                var events = (await ReadAsync(source, part, end)).Tokens;
                events.ForEach(token => merge.Add(index, TokenPlace.Of(token), token.ToString()));
                merge.Reach(index, TokenPlace.Of(expected.End));
                counts.Add(events.Count);
            }

            var merged = new List<string>();
            while (merge.TryTake(out _, out var token))
            {
                merged.Add(token);
            }

            merged.ShouldBe(expected.Tokens.Select(token => token.ToString()));
            counts.ShouldAllBe(count => count > expected.Tokens.Count / 10);
        }
    }

    private static async Task WorkAsync(MongoClient client)
    {
        var shop = client.GetDatabase("shop");
        var orders = shop.GetCollection<BsonDocument>("orders");
        for (var id = 0; id < 60; id++)
        {
            BsonValue key = (id % 3) switch
            {
                0 => id,
                1 => $"text {id}",
                _ => new BsonDocument("part", id),
            };
            await orders.InsertOneAsync(new BsonDocument("_id", key), null, Token);
            var found = new BsonDocument("_id", key);
            await orders.UpdateOneAsync(found, new BsonDocument("$set", new BsonDocument("a", id)), null, Token);
        }

        // One statement, and so one time for many events.
        await orders.DeleteManyAsync(new BsonDocument("a", new BsonDocument("$lt", 20)), Token);
        await shop.RenameCollectionAsync("orders", "moved", null, Token);
        await shop.GetCollection<BsonDocument>("end").InsertOneAsync(new BsonDocument("_id", "end"), null, Token);
    }

    private static Task<IChangeStream> OpenAsync(MongoSource source, StreamPart? part, ClusterTime? start = null) =>
        source.OpenChangesAsync(
            new(RawDocument.Empty, start, KeysOnly: false, TimeSpan.FromMilliseconds(100)) { Part = part },
            Token
        );

    /// <summary>Reads until the stream is past the end; a note moves shards on that are idle (S34).</summary>
    private static async Task<(List<RawDocument> Tokens, RawDocument From, RawDocument End)> ReadAsync(
        MongoSource source,
        IChangeStream stream,
        ClusterTime end
    )
    {
        var tokens = new List<RawDocument>();
        var from = RawDocument.Empty;
        while (true)
        {
            using var batch = await stream.NextAsync(Token);
            from = from.IsEmpty ? batch.PostBatchResumeToken : from;
            foreach (var document in batch.Events)
            {
                tokens.Add(new(document["_id"].Bytes.ToArray()));
            }

            if (ResumeToken.TimeOf(batch.PostBatchResumeToken) > end)
            {
                return (tokens, from, batch.PostBatchResumeToken);
            }

            _ = await source.AppendNoteAsync("on", Token);
        }
    }

    private static async Task<(string Address, IAsyncDisposable Stop)> StartSetAsync()
    {
        var cluster = await SandboxCluster.StartAsync(new() { Members = 1 }, Token);
        await cluster.WaitForPrimaryAsync(Token);
        return (cluster.ConnectionString, cluster);
    }

    private static async Task<(string Address, IAsyncDisposable Stop)> StartShardedAsync()
    {
        var cluster = await ShardedSandbox.StartAsync(new(), Token);
        return (cluster.ConnectionString, cluster);
    }
}
