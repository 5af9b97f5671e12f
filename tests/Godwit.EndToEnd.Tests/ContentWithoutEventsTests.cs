using Godwit.EndToEnd.Tests.Harness;
using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.EndToEnd.Tests;

/// <summary>
/// Content that comes and goes without an event for each document (S1a): collections made capped, cloned, put out by an aggregation,
/// moved across databases and onto others, and indexes whose build is given up at its end.
/// </summary>
public sealed class ContentWithoutEventsTests
{
    private const int Documents = 300;

    private static readonly Dictionary<string, Func<IMongoClient, Task>> Changes = new(StringComparer.Ordinal)
    {
        ["convertToCapped"] = client => RunAsync(client, new() { { "convertToCapped", "a" }, { "size", 1 << 20 } }),
        ["cloneCollectionAsCapped"] = client =>
            RunAsync(
                client,
                new()
                {
                    { "cloneCollectionAsCapped", "b" },
                    { "toCollection", "clone" },
                    { "size", 1 << 20 },
                }
            ),
        ["$out"] = client => OutAsync(client, "c", "put"),
        ["$out onto another"] = client => OutAsync(client, "c", "d"),
        ["rename across databases"] = client => RenameAsync(client, "content.e", "content2.e"),
        ["rename onto another"] = client => RenameAsync(client, "content.f", "content.g"),
        ["rename across databases onto another"] = client => RenameAsync(client, "content.h", "content2.occupied"),
        ["index build aborted at its end"] = AbortIndexBuildAsync,
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string, bool> EachAlone
    {
        get
        {
            var data = new TheoryData<string, bool>();
            foreach (var change in Changes.Keys)
            {
                data.Add(change, true);
                data.Add(change, false);
            }

            return data;
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Requirement("S1a")]
    [Requirement("S19")]
    public Task All_kinds_one_after_the_other_arrive(bool duringCopy) => MigrateAsync(duringCopy, [.. Changes.Keys]);

    [Theory]
    [Trait("Set", "Long")]
    [MemberData(nameof(EachAlone))]
    [Requirement("S1a")]
    [Requirement("S19")]
    public Task Each_kind_arrives(string change, bool duringCopy) => MigrateAsync(duringCopy, change);

    private static async Task MigrateAsync(bool duringCopy, params string[] changes)
    {
        await using var rig = await Rig.StartAsync(Rig.OneMember);
        await FillAsync(rig.Source.Client);
        await using var workload = await rig.WriteAsync("mixed", seed: 61);
        await workload.AdvanceAsync(100);
        await using var migration = rig.Migrate();
        if (duringCopy)
        {
            _ = await rig.Destination.RefuseAsync("insert", "content.hold");
        }

        migration.Start();
        await migration.ReachAsync(duringCopy ? "copying" : "inSync");
        foreach (var change in changes)
        {
            await Changes[change](rig.Source.Client);
        }

        if (duringCopy)
        {
            migration.Newest().Phase.ShouldBe("copying");
            await rig.Destination.RefuseNothingAsync();
        }

        await migration.ReachAsync("inSync");
        await workload.AdvanceAsync(100);
        await workload.StopAsync();
        await migration.CutOverAsync();
        await rig.ShouldBeIdenticalAsync();
    }

    private static async Task FillAsync(IMongoClient client)
    {
        foreach (var name in new[] { "a", "b", "c", "d", "e", "f", "g", "h", "twice", "hold" })
        {
            await InsertAsync(client.GetDatabase("content"), name);
        }

        await InsertAsync(client.GetDatabase("content2"), "occupied");
    }

    private static Task InsertAsync(IMongoDatabase database, string name) =>
        database
            .GetCollection<BsonDocument>(name)
            .InsertManyAsync(
                Enumerable
                    .Range(0, Documents)
                    .Select(i => new BsonDocument
                    {
                        { "_id", i },
                        { "of", name },
                        { "half", i / 2 },
                    }),
                null,
                Cancellation
            );

    private static Task RunAsync(IMongoClient client, BsonDocument command) =>
        client.GetDatabase("content").RunCommandAsync<BsonDocument>(command, cancellationToken: Cancellation);

    private static async Task OutAsync(IMongoClient client, string from, string to)
    {
        var pipeline = new BsonDocument[]
        {
            new("$match", new BsonDocument("half", new BsonDocument("$lt", 100))),
            new("$out", to),
        };
        _ = await client
            .GetDatabase("content")
            .GetCollection<BsonDocument>(from)
            .AggregateAsync<BsonDocument>(pipeline, null, Cancellation);
    }

    private static Task RenameAsync(IMongoClient client, string from, string to) =>
        client
            .GetDatabase("admin")
            .RunCommandAsync<BsonDocument>(
                new BsonDocument
                {
                    { "renameCollection", from },
                    { "to", to },
                    { "dropTarget", true },
                },
                cancellationToken: Cancellation
            );

    /// <summary>Two documents have each value: the build begins, reads everything, and is given up.</summary>
    private static async Task AbortIndexBuildAsync(IMongoClient client)
    {
        var build = RunAsync(
            client,
            new()
            {
                { "createIndexes", "twice" },
                {
                    "indexes",
                    new BsonArray
                    {
                        new BsonDocument
                        {
                            { "key", new BsonDocument("half", 1) },
                            { "name", "half_1" },
                            { "unique", true },
                        },
                    }
                },
            }
        );
        (await build.ShouldThrowAsync<MongoCommandException>()).Code.ShouldBe(11000);
    }
}
