using Godwit.Engine.Mongo.Connections;
using Godwit.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Mongo.Tests;

/// <summary>
/// What a client encrypts, before a migration and during it, the same client decrypts at the destination when the source is gone (L8):
/// values of client-side field level encryption, deterministic and random, and those of Queryable Encryption that are not queried. Those
/// that are queried a server has to make of what the client sends; no server here does that.
/// </summary>
[Requirement("S15")]
public sealed class DecryptedCopyTests
{
    private const string Deterministic = "AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic";
    private const string Random = "AEAD_AES_256_CBC_HMAC_SHA_512-Random";
    private const string Unindexed = "Unindexed";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_a_client_has_encrypted_it_decrypts_at_the_destination_alone(bool isSharded)
    {
        await using var from = await StartedCluster.StartAsync(isSharded: false, "rs0", Token);
        await using var to = await StartedCluster.StartAsync(isSharded, "rs1", Token);
        var clear = new SortedDictionary<int, BsonDocument>();
        List<string> written;
        using (var client = new EncryptingClient(from.ConnectionString))
        {
            await WriteWhileItMovesAsync(client, from, to, clear);
            written = await BytesAsync(client);
        }

        await from.DisposeAsync();

        using var other = new EncryptingClient(to.ConnectionString);
        (await BytesAsync(other)).ShouldBe(written);
        foreach (var name in new[] { "accounts", "patients" })
        {
            foreach (var encrypted in await ReadAsync(other, name))
            {
                var decrypted = await other.DecryptAsync(encrypted, Token);
                decrypted.ShouldBe(clear[decrypted["_id"].AsInt32]);
                clear.Remove(decrypted["_id"].AsInt32).ShouldBeTrue();
            }
        }

        clear.ShouldBeEmpty();
        await ShouldFindByEncryptedValueAsync(other);
    }

    private static async Task WriteWhileItMovesAsync(
        EncryptingClient client,
        StartedCluster from,
        StartedCluster to,
        SortedDictionary<int, BsonDocument> clear
    )
    {
        await client.Keys.Indexes.CreateOneAsync(
            new CreateIndexModel<BsonDocument>(
                new BsonDocument("keyAltNames", 1),
                new CreateIndexOptions<BsonDocument>
                {
                    Unique = true,
                    PartialFilterExpression = new BsonDocument("keyAltNames", new BsonDocument("$exists", true)),
                }
            ),
            null,
            Token
        );
        var key = await client.MakeKeyAsync("first", Token);
        await DefineAsync(client.Database("clinic"), key);
        await FillAsync(client, key, clear, 0);
        await using var source = new MongoSource(MongoAddress.Parse(from.ConnectionString), TimeProvider.System);
        await using var destination = new MongoDestination(
            MongoAddress.Parse(to.ConnectionString),
            TimeProvider.System
        );
        var settings = new MigrationSettings { VerifyEvery = TimeSpan.FromMilliseconds(200) };
        var migration = new Migration(settings, source, destination, TimeProvider.System, NullLoggerFactory.Instance);
        var run = migration.RunAsync(Token);
        await FillAsync(client, key, clear, 1000);
        await Readiness.UntilReadyAsync(migration, run, Limit, Token);
        await FillAsync(client, await client.MakeKeyAsync("second", Token), clear, 2000);
        await ChangeAsync(client, key, clear);
        await Readiness.UntilReadyAsync(migration, run, Limit, Token);
        migration.RequestCutover();
        var report = await run.WaitAsync(Limit, Token);
        report.Verdict.Text.ShouldBe("identical", report.Failure?.Message);
    }

    private static async Task DefineAsync(IMongoDatabase clinic, BsonBinaryData key)
    {
        var fields = new BsonArray
        {
            new BsonDocument
            {
                { "path", "name" },
                { "bsonType", "string" },
                { "keyId", key },
            },
        };
        await clinic.RunCommandAsync<BsonDocument>(
            new BsonDocument { { "create", "patients" }, { "encryptedFields", new BsonDocument("fields", fields) } },
            null,
            Token
        );
        await clinic.CreateCollectionAsync("accounts", null, Token);
        await clinic
            .GetCollection<BsonDocument>("accounts")
            .Indexes.CreateOneAsync(
                new CreateIndexModel<BsonDocument>(new BsonDocument("number", 1), new() { Unique = true }),
                null,
                Token
            );
    }

    private static async Task FillAsync(
        EncryptingClient client,
        BsonBinaryData key,
        SortedDictionary<int, BsonDocument> clear,
        int first
    )
    {
        for (var id = first; id < first + 50; id++)
        {
            var account = Account(id, $"holder {id}");
            await Of(client, "accounts").InsertOneAsync(await EncryptedAsync(client, key, account), null, Token);
            clear.Add(id, account);
            var patient = new BsonDocument { { "_id", id + 500 }, { "name", $"patient {id}" } };
            var name = await client.EncryptAsync(patient["name"], key, Unindexed, Token);
            await Of(client, "patients")
                .InsertOneAsync(new BsonDocument { { "_id", id + 500 }, { "name", name } }, null, Token);
            clear.Add(id + 500, patient);
        }
    }

    /// <summary>Encrypted values are changed in place, within arrays too, by updates, and documents go.</summary>
    private static async Task ChangeAsync(
        EncryptingClient client,
        BsonBinaryData key,
        SortedDictionary<int, BsonDocument> clear
    )
    {
        for (var id = 0; id < 30; id++)
        {
            var account = Account(id, $"heir {id}");
            var one = Builders<BsonDocument>.Filter.Eq("_id", id);
            var encrypted = await EncryptedAsync(client, key, account);
            var change = Builders<BsonDocument>
                .Update.Set("holders.1.name", encrypted["holders"][1]["name"])
                .Set("number", encrypted["number"]);
            await Of(client, "accounts").UpdateOneAsync(one, change, null, Token);
            clear[id] = account;
        }

        await Of(client, "patients").DeleteManyAsync(Builders<BsonDocument>.Filter.Lt("_id", 510), Token);
        Enumerable.Range(500, 10).Count(clear.Remove).ShouldBe(10);
    }

    private static BsonDocument Account(int id, string name) =>
        new()
        {
            { "_id", id },
            { "number", $"number {id}" },
            {
                "holders",
                new BsonArray
                {
                    "bank",
                    new BsonDocument { { "name", name }, { "since", id } },
                }
            },
        };

    private static async Task<BsonDocument> EncryptedAsync(
        EncryptingClient client,
        BsonBinaryData key,
        BsonDocument account
    )
    {
        var encrypted = account.DeepClone().AsBsonDocument;
        encrypted["number"] = await client.EncryptAsync(account["number"], key, Deterministic, Token);
        var holder = encrypted["holders"][1];
        holder["name"] = await client.EncryptAsync(holder["name"], key, Random, Token);
        return encrypted;
    }

    /// <summary>A value that is encrypted alike every time is looked for as it stands.</summary>
    private static async Task ShouldFindByEncryptedValueAsync(EncryptingClient client)
    {
        var second = await client.Keys.Find(new BsonDocument("keyAltNames", "second")).SingleAsync(Token);
        var wanted = await client.EncryptAsync("number 2007", second["_id"].AsBsonBinaryData, Deterministic, Token);
        var found = await Of(client, "accounts").Find(new BsonDocument("number", wanted)).SingleAsync(Token);
        (await client.DecryptAsync(found, Token)).ShouldBe(Account(2007, "holder 2007"));
    }

    private static async Task<List<string>> BytesAsync(EncryptingClient client)
    {
        var keys = await client.Keys.Find(new BsonDocument()).Sort(ById).ToListAsync(Token);
        IEnumerable<BsonDocument> all =
        [
            .. keys,
            .. await ReadAsync(client, "accounts"),
            .. await ReadAsync(client, "patients"),
        ];
        return [.. all.Select(one => Convert.ToHexString(one.ToBson()))];
    }

    private static Task<List<BsonDocument>> ReadAsync(EncryptingClient client, string name) =>
        Of(client, name).Find(new BsonDocument()).Sort(ById).ToListAsync(Token);

    private static readonly BsonDocument ById = new("_id", 1);

    private static IMongoCollection<BsonDocument> Of(EncryptingClient client, string name) =>
        client.Database("clinic").GetCollection<BsonDocument>(name);
}
