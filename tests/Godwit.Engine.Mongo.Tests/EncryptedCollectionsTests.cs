using Godwit.Engine.Mongo.Connections;
using Godwit.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Mongo.Tests;

/// <summary>
/// Collections with Queryable Encryption, as a client that encrypts has made and filled them, arrive as they are with what belongs to them
/// (L8). What is encrypted is bytes to server and engine alike.
/// </summary>
[Requirement("S15")]
public sealed class EncryptedCollectionsTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);
    private static readonly string[] Names = ["patients", "enxcol_.patients.esc", "enxcol_.patients.ecoc", "keys"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task They_arrive_with_options_state_and_safe_content_under_writes()
    {
        await using var from = await StartedCluster.StartAsync(isSharded: false, "rs0", Token);
        await using var to = await StartedCluster.StartAsync(isSharded: false, "rs1", Token);
        using var client = new MongoClient(from.ConnectionString);
        var clinic = client.GetDatabase("clinic");
        await DefineAsync(clinic);
        await FillAsync(clinic, 0, 50);
        await using var source = new MongoSource(MongoAddress.Parse(from.ConnectionString), TimeProvider.System);
        await using var destination = new MongoDestination(
            MongoAddress.Parse(to.ConnectionString),
            TimeProvider.System
        );
        var settings = new MigrationSettings { VerifyEvery = TimeSpan.FromMilliseconds(200) };
        var migration = new Migration(settings, source, destination, TimeProvider.System, NullLoggerFactory.Instance);
        var run = migration.RunAsync(Token);
        await Readiness.UntilReadyAsync(migration, run, Limit, Token);
        await FillAsync(clinic, 50, 20);
        await ChangeAsync(clinic);
        await Readiness.UntilReadyAsync(migration, run, Limit, Token);
        migration.RequestCutover();

        var report = await run.WaitAsync(Limit, Token);

        report.Verdict.Text.ShouldBe("identical", report.Failure?.Message);
        using var other = new MongoClient(to.ConnectionString);
        var copy = other.GetDatabase("clinic");
        foreach (var name in Names)
        {
            (await ReadAsync(copy, name)).ShouldBe(await ReadAsync(clinic, name), name);
            (await OptionsAsync(copy, name)).ShouldBe(await OptionsAsync(clinic, name), name);
        }

        (await OptionsAsync(copy, "patients")).ShouldContain("encryptedFields");
    }

    private static async Task DefineAsync(IMongoDatabase clinic)
    {
        const string clustered = "clusteredIndex: {key: {_id: 1}, unique: true}";
        foreach (
            var command in new[]
            {
                "{create: 'patients', encryptedFields: {fields: [{path: 'name', bsonType: 'string', keyId: UUID('11111111-1111-1111-1111-111111111111'), queries: [{queryType: 'equality', contention: NumberLong(8)}]}]}}",
                $"{{create: 'enxcol_.patients.esc', {clustered}}}",
                $"{{create: 'enxcol_.patients.ecoc', {clustered}}}",
                "{createIndexes: 'patients', indexes: [{key: {__safeContent__: 1}, name: '__safeContent___1'}]}",
            }
        )
        {
            _ = await clinic.RunCommandAsync<BsonDocument>(command, null, Token);
        }
    }

    /// <summary>The server puts into the state collections what belongs to a document.</summary>
    private static async Task FillAsync(IMongoDatabase clinic, int first, int count)
    {
        var ids = Enumerable.Range(first, count).ToList();
        await Patients(clinic)
            .InsertManyAsync(
                ids.Select(id => new BsonDocument
                {
                    { "_id", id },
                    { "name", Encrypted(id) },
                    {
                        "__safeContent__",
                        new BsonArray { new BsonBinaryData(BitConverter.GetBytes(id)) }
                    },
                }),
                new() { BypassDocumentValidation = true },
                Token
            );
        foreach (var name in Names[1..])
        {
            await clinic
                .GetCollection<BsonDocument>(name)
                .InsertManyAsync(
                    ids.Select(id => new BsonDocument { { "_id", Encrypted(id) }, { "value", Encrypted(-id) } }),
                    null,
                    Token
                );
        }
    }

    /// <summary>A client that changes an encrypted field leaves the list of safe content one entry longer.</summary>
    private static Task ChangeAsync(IMongoDatabase clinic) =>
        Patients(clinic)
            .UpdateManyAsync(
                new BsonDocument("_id", new BsonDocument("$lt", 60)),
                new BsonDocument
                {
                    { "$set", new BsonDocument("name", Encrypted(7)) },
                    { "$push", new BsonDocument("__safeContent__", Encrypted(9)) },
                },
                new() { BypassDocumentValidation = true },
                Token
            );

    private static BsonBinaryData Encrypted(int seed) =>
        new([(byte)14, .. BitConverter.GetBytes(seed)], BsonBinarySubType.Encrypted);

    private static IMongoCollection<BsonDocument> Patients(IMongoDatabase clinic) =>
        clinic.GetCollection<BsonDocument>("patients");

    private static async Task<List<string>> ReadAsync(IMongoDatabase database, string name)
    {
        var all = await database
            .GetCollection<RawBsonDocument>(name)
            .Find(new BsonDocument())
            .Sort(new BsonDocument("_id", 1))
            .ToListAsync(Token);
        all.Count.ShouldBeGreaterThan(0, name);
        return [.. all.Select(one => Convert.ToHexString(one.ToBson()))];
    }

    private static async Task<string> OptionsAsync(IMongoDatabase database, string name)
    {
        using var listed = await database.ListCollectionsAsync(
            new() { Filter = new BsonDocument("name", name) },
            Token
        );
        using var indexes = await database.GetCollection<BsonDocument>(name).Indexes.ListAsync(Token);
        return (await listed.SingleAsync(Token))["options"].ToJson()
            + string.Join(' ', await indexes.ToListAsync(Token));
    }
}
