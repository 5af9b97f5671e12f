using Godwit.EndToEnd.Tests.Harness;
using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.EndToEnd.Tests;

/// <summary>Users sign in on the destination with the passwords they have, and may do there what they may do on the source.</summary>
public sealed class CopyUsersTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("E07")]
    [Requirement("H04")]
    public async Task Roles_and_users_are_carried_over_with_their_credentials_and_none_that_is_there_is_changed()
    {
        await using var source = await TestCluster.StartSandboxAsync(
            "a source with users",
            [.. Rig.OneMember, "--auth", "admin:here"]
        );
        await using var destination = await TestCluster.StartSandboxAsync(
            "a destination with users",
            [.. Rig.OneMember, "--auth", "admin:there"]
        );
        var shop = As(source, "admin", "here", "admin").GetDatabase("shop");
        await RunAsync(
            shop,
            """{createRole: "counter", privileges: [{resource: {db: "shop", collection: "stock"}, actions: ["find"]}], roles: []}"""
        );
        await RunAsync(shop, """{createRole: "clerk", privileges: [], roles: ["counter"]}""");
        await RunAsync(shop, """{createUser: "ada", pwd: "l0velace", roles: ["clerk"], customData: {desk: 4}}""");
        await RunAsync(shop, """{createUser: "bob", pwd: "source's", roles: ["clerk"]}""");
        var there = As(destination, "admin", "there", "admin").GetDatabase("shop");
        await RunAsync(there, """{createUser: "bob", pwd: "destination's", roles: []}""");
        await there.GetCollection<BsonDocument>("stock").InsertOneAsync(new BsonDocument("_id", 1), null, Cancellation);

        var (planned, plan) = await CopyAsync(source, destination, "--dry-run");
        planned.ShouldBe(0, plan);
        plan.ShouldContain("user ada@shop: would be carried over");

        var (code, output) = await CopyAsync(source, destination);
        code.ShouldBe(3, output);
        output.ShouldContain("ok    role counter@shop");
        output.ShouldContain("ok    user ada@shop");
        output.ShouldContain("LEFT  user bob@shop: another one of that name is on the destination");
        output.ShouldNotContain("l0velace");
        (await CopyAsync(source, destination)).Output.ShouldContain("user ada@shop: was there already");

        var ada = As(destination, "ada", "l0velace", "shop").GetDatabase("shop").GetCollection<BsonDocument>("stock");
        (await ada.Find(new BsonDocument()).ToListAsync(Cancellation)).Count.ShouldBe(1);
        (
            await Should.ThrowAsync<MongoException>(ada.InsertOneAsync(new BsonDocument("_id", 2), null, Cancellation))
        ).Message.ShouldContain("not authorized");
        var bob = As(destination, "bob", "destination's", "shop").GetDatabase("shop");
        await RunAsync(bob, "{ping: 1}");
    }

    private static MongoClient As(TestCluster cluster, string user, string password, string database)
    {
        var settings = MongoClientSettings.FromConnectionString(cluster.ConnectionString);
        settings.Credential = MongoCredential.CreateCredential(database, user, password);
        return new(settings);
    }

    private static Task<BsonDocument> RunAsync(IMongoDatabase database, string command) =>
        database.RunCommandAsync<BsonDocument>(BsonDocument.Parse(command), cancellationToken: Cancellation);

    private static async Task<(int Code, string Output)> CopyAsync(
        TestCluster source,
        TestCluster destination,
        params string[] more
    )
    {
        string[] arguments =
        [
            "copy-users",
            "--source",
            Address(source, "here"),
            "--destination",
            Address(destination, "there"),
            .. more,
        ];
        var (code, program) = await GodwitProgram.RunAsync(Rig.Patience, Cancellation, arguments);
        await using (program)
        {
            return (code, program.Output + '\n' + program.Errors);
        }
    }

    private static string Address(TestCluster cluster, string password)
    {
        var hosts = MongoUrl.Create(cluster.ConnectionString).Servers.Select(one => $"{one.Host}:{one.Port}");
        return $"mongodb://admin:{password}@{string.Join(',', hosts)}/?replicaSet=rs0&authSource=admin";
    }
}
