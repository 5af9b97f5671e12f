using System.Security.Cryptography;
using System.Text;
using Godwit.EndToEnd.Tests.Harness;
using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.EndToEnd.Tests;

/// <summary>Documents arrive as rules say while applications change them, byte for byte what the source's own server makes of them.</summary>
public sealed class DocumentRulesTests
{
    private const int Documents = 3000;
    private const string Key = "a key of this test";
    private const string Filter = """{"country": {"$ne": "XX"}}""";
    private const string Set =
        """{"name": {"$concat": [{"$substrCP": ["$name", 0, 1]}, "."]}, "card.number": "hidden", "orders": {"$size": "$lines"}}""";

    private static readonly string[] Rules =
    [
        "--document-rules",
        $$$"""
            [{"database": "shop", "collections": ["customers"], "filter": {{{Filter}}}, "set": {{{Set}}},
              "drop": ["password", "lines.secret"], "hash": {"fields": ["email"], "key": "{{{Key}}}"}}]
            """,
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("H10")]
    public async Task Filtered_set_dropped_and_hashed_documents_arrive_under_writes_and_a_kill_and_are_verified()
    {
        await using var rig = await Rig.StartAsync(Rig.OneMember);
        await ShouldArriveByRuleAsync(rig);
    }

    [Fact]
    [Trait("Set", "Long")]
    [Requirement("H10")]
    public async Task They_arrive_from_a_sharded_cluster_on_another()
    {
        await using var rig = await Rig.StartAsync("--sharded", "2x1");
        var admin = rig.Source.Client.GetDatabase("admin");
        _ = await admin.RunCommandAsync<BsonDocument>(
            new BsonDocument
            {
                { "shardCollection", "shop.customers" },
                { "key", new BsonDocument("country", "hashed") },
            },
            null,
            Cancellation
        );
        await ShouldArriveByRuleAsync(rig);
    }

    [Fact]
    [Requirement("H10")]
    public async Task A_rule_that_the_server_does_not_understand_is_named_before_anything_is_copied()
    {
        await using var rig = await Rig.StartAsync(Rig.OneMember);
        await FillAsync(rig.Source);
        string[] rule = ["--document-rules", """[{"database": "shop", "set": {"name": {"$toUperr": "$name"}}}]"""];
        await using var migration = rig.Migrate(rule);
        migration.Start();
        (await migration.ExitAsync()).ShouldNotBe(0);
        migration.Program.Errors.ShouldContain("DocumentRuleRefused");
        migration.Program.Errors.ShouldContain("$toUperr");
        (await rig.Destination.Client.ListDatabaseNamesAsync(Cancellation))
            .ToList(Cancellation)
            .ShouldNotContain("shop");
        var (code, output) = await rig.VerifyAsync(rule);
        code.ShouldBe(5, output);
        output.ShouldContain("$toUperr");
    }

    private static async Task ShouldArriveByRuleAsync(Rig rig)
    {
        await FillAsync(rig.Source);
        var customers = rig.Source.Client.GetDatabase("shop").GetCollection<BsonDocument>("customers");
        await using var migration = rig.Migrate(Rules);
        migration.Start();
        await migration.ReachAsync("copying");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var writing = WriteAsync(customers, stop.Token);
        await migration.KillAsync();
        migration.Start();
        await migration.ShowAsync(line => line.CanCutOver);
        await stop.CancelAsync();
        await writing;
        await migration.CutOverAsync();

        migration.Program.Errors.ShouldContain("source and destination are identical");
        var there = await ReadAsync(
            rig.Destination.Client.GetDatabase("shop").GetCollection<BsonDocument>("customers"),
            []
        );
        var expected = await ReadAsync(
            customers,
            [
                new("$match", BsonDocument.Parse(Filter)),
                new("$set", BsonDocument.Parse(Set)),
                new("$unset", new BsonArray { "password", "lines.secret" }),
            ]
        );
        expected.ForEach(one => one["email"] = Hash(one["email"].AsString));
        expected.Count.ShouldBeInRange(
            Documents / 4,
            (int)await customers.CountDocumentsAsync(new BsonDocument(), null, Cancellation) - 1
        );
        there
            .ConvertAll(one => Convert.ToHexString(one.ToBson()))
            .ShouldBe(expected.ConvertAll(one => Convert.ToHexString(one.ToBson())));
        there.ShouldAllBe(one => !one.Contains("password"));

        var (ruled, output) = await rig.VerifyAsync(Rules);
        ruled.ShouldBe(0, output);
        (await rig.VerifyAsync()).ExitCode.ShouldBe(3);
    }

    private static Task FillAsync(TestCluster cluster) =>
        cluster
            .Client.GetDatabase("shop")
            .GetCollection<BsonDocument>("customers")
            .InsertManyAsync(Enumerable.Range(0, Documents).Select(Customer), null, Cancellation);

    private static BsonDocument Customer(int id) =>
        new()
        {
            { "_id", id % 2 == 0 ? id : $"customer {id}" },
            { "name", $"{(char)('A' + (id % 26))}nother name {id}" },
            { "email", $"person{id}@example.org" },
            { "password", $"secret {id}" },
            { "country", id % 3 == 0 ? "XX" : "SE" },
            {
                "card",
                new BsonDocument { { "holder", id }, { "number", $"4000 {id}" } }
            },
            {
                "lines",
                new BsonArray(
                    Enumerable.Range(0, id % 4).Select(n => new BsonDocument { { "n", n }, { "secret", id } })
                )
            },
        };

    /// <summary>Changes customers, those that go and those that stay, and moves some between the two.</summary>
    private static async Task WriteAsync(IMongoCollection<BsonDocument> customers, CancellationToken stop)
    {
        for (var turn = 0; !stop.IsCancellationRequested; turn++)
        {
            var id = turn * 7 % Documents;
            var known = Builders<BsonDocument>.Filter.Eq("_id", Customer(id)["_id"]);
            var country = turn % 2 == 0 ? "XX" : "SE";
            _ = (turn % 5) switch
            {
                0 => await customers.UpdateOneAsync(known, Builders<BsonDocument>.Update.Set("country", country)),
                1 => await customers.UpdateOneAsync(
                    known,
                    Builders<BsonDocument>.Update.Set("password", $"new {turn}")
                ),
                2 => await customers.UpdateOneAsync(known, Builders<BsonDocument>.Update.Set("email", $"moved{turn}")),
                3 => await customers.UpdateOneAsync(
                    known,
                    Builders<BsonDocument>.Update.Push("lines", new BsonDocument("secret", turn))
                ),
                _ => (object)await customers.DeleteOneAsync(known, CancellationToken.None),
            };
            await customers.InsertOneAsync(
                Customer(id).Set("_id", $"new {turn}").Set("country", country),
                null,
                CancellationToken.None
            );
        }
    }

    private static Task<List<BsonDocument>> ReadAsync(
        IMongoCollection<BsonDocument> customers,
        BsonDocument[] stages
    ) =>
        customers
            .Aggregate<BsonDocument>(
                stages.Append(new("$sort", new BsonDocument("_id", 1))).ToArray(),
                null,
                Cancellation
            )
            .ToListAsync(Cancellation);

    /// <summary>The type of a string, its length with its end, its bytes, its end.</summary>
    private static string Hash(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        byte[] value = [2, .. BitConverter.GetBytes(utf8.Length + 1), .. utf8, 0];
        return Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Key), value));
    }
}
