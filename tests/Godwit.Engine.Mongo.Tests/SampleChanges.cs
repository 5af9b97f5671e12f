using MongoDB.Bson;
using MongoDB.Driver;
using Xunit;

namespace Godwit.Engine.Mongo.Tests;

/// <summary>Collections of every kind, and everything that is done to them while a migration runs.</summary>
internal static class SampleChanges
{
    private const string Day = "{$date: '2026-01-01T00:00:00Z'}";

    private static readonly string[] Loaded =
    [
        "shop {createIndexes: 'items', indexes: [{key: {u: 1}, name: 'u', unique: true}, {key: {k: 1}, name: 'ttl', expireAfterSeconds: 100000}, {key: {z: 1}, name: 'z', hidden: true}]}",
        "shop {create: 'logs', capped: true, size: 4096}",
        "shop {insert: 'logs', documents: [{_id: 1}]}",
        "shop {create: 'strict', validator: {a: {$exists: true}}}",
        "shop {create: 'seen', viewOn: 'items', pipeline: []}",
    ];

    private static readonly string[] Series =
    [
        "shop {create: 'series', timeseries: {timeField: 't'}}",
        $"shop {{insert: 'series', documents: [{{t: {Day}, v: 1}}]}}",
        "shop {create: 'emptied', timeseries: {timeField: 't'}}",
        $"shop {{insert: 'emptied', documents: [{{t: {Day}, v: 1}}]}}",
        "shop {create: 'measured', timeseries: {timeField: 't'}}",
        "leaving {insert: 'c', documents: [{_id: 1}]}",
    ];

    private static readonly string[] Spread =
    [
        "admin {shardCollection: 'shop.spread', key: {k: 1}}",
        "admin {split: 'shop.spread', middle: {k: 5}}",
    ];

    private static readonly string[] Changed =
    [
        "shop {insert: 'items', documents: [{_id: 100, u: 100}]}",
        "shop {update: 'items', updates: [{q: {_id: 1}, u: {$set: {v: 1}}}]}",
        "shop {delete: 'items', deletes: [{q: {_id: 2}, limit: 1}]}",
        "shop {insert: 'spread', documents: [{_id: 100, k: 100}]}",
        "shop {insert: 'logs', documents: [{_id: 2}]}",
        "shop {drop: 'gone'}",
        "admin {renameCollection: 'shop.old', to: 'shop.new'}",
        "shop {convertToCapped: 'big', size: 4096}",
        "shop {collMod: 'strict', validationLevel: 'moderate'}",
        "shop {collMod: 'seen', viewOn: 'items', pipeline: [{$limit: 1}]}",
        "shop {create: 'second', viewOn: 'items', pipeline: []}",
        "shop {createIndexes: 'items', indexes: [{key: {n: 1}, name: 'n'}]}",
        "shop {dropIndexes: 'items', index: 'z'}",
    ];

    private static readonly string[] SeriesChanged =
    [
        $"shop {{insert: 'series', documents: [{{t: {Day}, v: 2}}]}}",
        "shop {delete: 'emptied', deletes: [{q: {}, limit: 0}]}",
        "shop {createIndexes: 'series', indexes: [{key: {v: 1}, name: 'v'}]}",
        "shop {create: 'other', timeseries: {timeField: 't'}}",
        "shop {drop: 'measured'}",
        "leaving {dropDatabase: 1}",
    ];

    private static readonly string[] SpreadChanged =
    [
        "shop {createIndexes: 'spread', indexes: [{key: {k: 1, u: 1}, name: 'ku'}]}",
        "admin {refineCollectionShardKey: 'shop.spread', key: {k: 1, u: 1}}",
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    internal static async Task LoadAsync(IMongoClient client, bool isSharded)
    {
        await RunAsync(client, isSharded ? Spread : Series);
        var documents = Enumerable
            .Range(0, 20)
            .Select(i => new BsonDocument
            {
                { "_id", i },
                { "k", i },
                { "u", i },
            });
        foreach (var name in new[] { "items", "spread", "gone", "old", "big" })
        {
            await client.GetDatabase("shop").GetCollection<BsonDocument>(name).InsertManyAsync(documents, null, Token);
        }

        await RunAsync(client, Loaded);
    }

    /// <summary>Everything, and at last a document in shop.late.</summary>
    internal static Task ChangeAsync(IMongoClient client, bool isSharded) =>
        RunAsync(
            client,
            [.. Changed, .. isSharded ? SpreadChanged : SeriesChanged, "shop {insert: 'late', documents: [{_id: 1}]}"]
        );

    private static async Task RunAsync(IMongoClient client, IEnumerable<string> commands)
    {
        foreach (var one in commands)
        {
            var space = one.IndexOf(' ', StringComparison.Ordinal);
            await client
                .GetDatabase(one[..space])
                .RunCommandAsync<BsonDocument>(BsonDocument.Parse(one[space..]), null, Token);
        }
    }
}
