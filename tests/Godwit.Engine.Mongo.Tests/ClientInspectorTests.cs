using System.Net;
using System.Net.Sockets;
using Godwit.Engine.Mongo.Inspection;
using Godwit.Engine.Preflight;
using Godwit.Sandbox;
using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Mongo.Tests;

/// <summary>Whether an application on this machine will get on with its new cluster (P20).</summary>
[Requirement("C13")]
public sealed class ClientInspectorTests
{
    /// <summary>No machine is so slow that this is too short.</summary>
    private static readonly TimeSpan AnyLatency = TimeSpan.FromHours(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_user_who_may_read_and_write_finds_nothing_wrong_and_one_who_may_not_is_told_what_to_grant()
    {
        await using var set = await SandboxCluster.StartAsync(
            new() { Members = 1, Credential = new("root", "secret") },
            Token
        );
        await set.WaitForPrimaryAsync(Token);
        using var client = new MongoClient(set.ConnectionString);
        await RunAsync(client, "{createUser: 'app', pwd: 'x', roles: [{role: 'readWrite', db: 'shop'}]}");
        var address = set.ConnectionString.Replace("root:secret", "app:x", StringComparison.Ordinal);

        var good = await CheckAsync(address, "shop", "8.0");
        good.Where(one => one.State != FindingState.Passed).ShouldBeEmpty();
        good.Select(one => one.Id)
            .ShouldBe([
                "names",
                "reachable-destination",
                "encryption-destination",
                "topology",
                "members",
                "version",
                "user",
                "read",
                "write",
                "latency",
            ]);

        var other = await CheckAsync(address, "stock", "7.0");
        Ids(other, FindingState.Failed).ShouldBe(["version", "read", "write"]);
        other.Single(one => one.Id == "write").Remedy.ShouldContain("role: \"readWrite\", db: \"stock\"");

        var wrong = await CheckAsync(address.Replace("app:x", "app:wrong", StringComparison.Ordinal), "shop");
        Ids(wrong, FindingState.Failed).ShouldBe(["reachable-destination"]);
        wrong[^1].Message.ShouldContain("refused the user or password");
        wrong[^1].Message.ShouldNotContain("wrong@");

        var stranger = await CheckAsync(address.Replace("app:x@", "", StringComparison.Ordinal), "shop");
        Ids(stranger, FindingState.Failed).ShouldContain("user");
    }

    [Fact]
    public async Task What_would_hurt_at_the_next_election_is_warned_of_and_a_member_that_is_not_reached_is_named()
    {
        await using var set = await SandboxCluster.StartAsync(new() { Members = 3 }, Token);
        await set.WaitForPrimaryAsync(Token);
        using var client = new MongoClient(set.ConnectionString);
        var hello = await client
            .GetDatabase("admin")
            .RunCommandAsync<BsonDocument>(new BsonDocument("hello", 1), cancellationToken: Token);
        var primary = $"mongodb://{hello["primary"]}/?directConnection=true";
        var direct = await CheckAsync(primary, "shop");
        Ids(direct, FindingState.Warning).ShouldBe(["topology"]);
        direct.Single(one => one.Id == "topology").Remedy.ShouldContain("directConnection");

        var secondary = hello["hosts"].AsBsonArray.First(one => one != hello["primary"]).AsString;
        await set.KillAsync(set.ConnectionString.Split('/')[2].Split(',').IndexOf(secondary), Token);
        var found = await CheckAsync(
            primary.Replace("?directConnection=true", "?retryWrites=false", StringComparison.Ordinal),
            "shop"
        );
        var members = found.Single(one => one.Id == "members");
        (members.State, members.Message.Contains(secondary, StringComparison.Ordinal)).ShouldBe(
            (FindingState.Failed, true)
        );
    }

    [Fact]
    public async Task An_address_that_leads_nowhere_is_told_apart()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        Ids(await CheckAsync($"mongodb://127.0.0.1:{port}/", "shop"), FindingState.Failed)
            .ShouldBe(["reachable-destination"]);
        (await CheckAsync("mongodb://nowhere.invalid/", "shop")).Single().Id.ShouldBe("names");
        (await CheckAsync("http://127.0.0.1/", "shop")).Single().Remedy.ShouldContain("mongodb://");
        (await CheckAsync("mongodb://127.0.0.1/?tlsCAFile=/not/there.pem", "shop"))
            .Single()
            .Message.ShouldContain("certificate file");
    }

    private static Task<IReadOnlyList<Finding>> CheckAsync(string address, string database, params string[] versions) =>
        ClientInspector.InspectAsync(new(address, database, versions, AnyLatency), TimeProvider.System, Token);

    private static IEnumerable<string> Ids(IEnumerable<Finding> findings, FindingState state) =>
        findings.Where(one => one.State == state).Select(one => one.Id);

    private static Task RunAsync(MongoClient client, string command) =>
        client
            .GetDatabase("admin")
            .RunCommandAsync<BsonDocument>(BsonDocument.Parse(command), cancellationToken: Token);
}
