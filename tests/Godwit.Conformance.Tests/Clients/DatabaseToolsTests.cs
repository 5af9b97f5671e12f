using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.Conformance.Tests.Clients;

/// <summary>
/// MongoDB's own tools dump a Sandbox and restore it on another. No package registry has them, so that the folder they are in is given
/// by <c>GODWIT_MONGO_TOOLS</c>.
/// </summary>
public sealed class DatabaseToolsTests
{
    private const string Variable = "GODWIT_MONGO_TOOLS";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_mongodump_takes_mongorestore_puts_back_byte_for_byte_with_its_indexes()
    {
        var tools = Environment.GetEnvironmentVariable(Variable) ?? "";
        Assert.SkipWhen(tools.Length == 0, $"no mongodump and mongorestore: {Variable} names their folder");
        await using var source = await ServerUnderTest.StartAsync(members: 1);
        await using var destination = await ServerUnderTest.StartAsync(members: 1, setName: "rs1");
        var here = Orders(source);
        await here.InsertManyAsync(
            Enumerable
                .Range(0, 3000)
                .Select(n => new BsonDocument
                {
                    { "_id", n },
                    { "n", n % 7 },
                    { "at", DateTime.UnixEpoch },
                }),
            null,
            Cancellation
        );
        await here.Indexes.CreateOneAsync(
            new CreateIndexModel<BsonDocument>(new BsonDocument("n", 1)),
            null,
            Cancellation
        );
        var folder = Directory.CreateTempSubdirectory("godwit-dump-").FullName;
        try
        {
            await ExpectAsync(Path.Combine(tools, "mongodump"), "--uri", source.ConnectionString, "--out", folder);
            await ExpectAsync(Path.Combine(tools, "mongorestore"), "--uri", destination.ConnectionString, folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        (await ReadAsync(Orders(destination))).ShouldBe(await ReadAsync(here));
        (await (await Orders(destination).Indexes.ListAsync(Cancellation)).ToListAsync(Cancellation))
            .ConvertAll(index => index["name"].AsString)
            .ShouldBe(["_id_", "n_1"]);
    }

    private static IMongoCollection<BsonDocument> Orders(ServerUnderTest server) =>
        new MongoClient(server.ConnectionString).GetDatabase("shop").GetCollection<BsonDocument>("orders");

    private static async Task<List<string>> ReadAsync(IMongoCollection<BsonDocument> orders) =>
        (await orders.Find(new BsonDocument()).Sort(new BsonDocument("_id", 1)).ToListAsync(Cancellation)).ConvertAll(
            one => Convert.ToHexString(one.ToBson())
        );

    private static async Task ExpectAsync(string program, params string[] arguments)
    {
        var (code, output) = await Programs.RunAsync(program, arguments, Cancellation);
        code.ShouldBe(0, output);
    }
}
