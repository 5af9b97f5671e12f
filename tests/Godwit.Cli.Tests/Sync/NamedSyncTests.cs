using System.Text;
using System.Text.Json;
using Godwit.Sandbox;
using Godwit.Sync;
using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.Cli.Tests.Sync;

/// <summary>Several services with names move different collections to one destination at a time, each by its own API.</summary>
public sealed class NamedSyncTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);
    private readonly DirectoryInfo logs = Directory.CreateTempSubdirectory("godwit-sync-test-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => logs.Delete(recursive: true);

    [Fact]
    [Requirement("S32")]
    [Requirement("F03")]
    public async Task Two_sources_move_to_one_destination_and_what_overlaps_is_refused()
    {
        await using var east = await StartAsync("east", "orders");
        await using var west = await StartAsync("west", "orders");
        await using var destination = await StartAsync("rs", null);
        await using var one = await ServeAsync(east, destination, "east");
        await using var other = await ServeAsync(west, destination, "west");
        using var http = new HttpClient();

        (await AskAsync(http, one, "start", Start("east"))).ShouldContain("\"success\":true");
        await UntilAsync(http, one, "canCommit");
        (await AskAsync(http, other, "start", Start("east"))).ShouldContain("AlreadyStarted");
        (await AskAsync(http, other, "start", Start("west"))).ShouldContain("\"success\":true");
        await UntilAsync(http, other, "canCommit");
        (await AskAsync(http, one, "commit", "{}")).ShouldContain("\"success\":true");
        (await AskAsync(http, other, "commit", "{}")).ShouldContain("\"success\":true");
        await UntilAsync(http, one, "canWrite");
        await UntilAsync(http, other, "canWrite");

        using var client = new MongoClient(destination.ConnectionString);
        foreach (var database in new[] { "east", "west" })
        {
            var arrived = await client
                .GetDatabase(database)
                .GetCollection<BsonDocument>("orders")
                .CountDocumentsAsync(FilterDefinition<BsonDocument>.Empty, null, Token);
            arrived.ShouldBe(3, database);
        }
    }

    private static async Task<SandboxCluster> StartAsync(string database, string? collection)
    {
        var options = new SandboxOptions
        {
            Members = 1,
            Port = 0,
            ReplicaSetName = database,
        };
        var cluster = await SandboxCluster.StartAsync(options, Token);
        await cluster.WaitForPrimaryAsync(Token);
        if (collection is not null)
        {
            using var client = new MongoClient(cluster.ConnectionString);
            await client
                .GetDatabase(database)
                .GetCollection<BsonDocument>(collection)
                .InsertManyAsync(Enumerable.Range(0, 3).Select(id => new BsonDocument("_id", id)), null, Token);
        }

        return cluster;
    }

    private Task<SyncServer> ServeAsync(SandboxCluster source, SandboxCluster destination, string name) =>
        SyncServer.StartAsync(
            new()
            {
                Cluster0 = source.ConnectionString,
                Cluster1 = destination.ConnectionString,
                Name = name,
                Port = 0,
                LogPath = Path.Combine(logs.FullName, name),
            },
            TimeProvider.System,
            Token
        );

    private static string Start(string database) =>
        $$"""{"source": "cluster0", "destination": "cluster1", "includeNamespaces": [{"database": "{{database}}"}]}""";

    private static async Task<string> AskAsync(HttpClient http, SyncServer server, string command, string body)
    {
        var answer = "";
        await Condition.UntilAsync(
            async () =>
            {
                using var content = new StringContent(body, Encoding.UTF8, "application/json");
                using var reply = await http.PostAsync(new Uri(server.Url, $"/api/v1/{command}"), content, Token);
                answer = await reply.Content.ReadAsStringAsync(Token);
                return !answer.Contains("Initializing", StringComparison.Ordinal);
            },
            () => answer,
            Limit,
            Token
        );
        return answer.Replace(": ", ":", StringComparison.Ordinal);
    }

    private static Task UntilAsync(HttpClient http, SyncServer server, string field)
    {
        var answer = "";
        return Condition.UntilAsync(
            async () =>
            {
                answer = await http.GetStringAsync(new Uri(server.Url, "/api/v1/progress"), Token);
                using var read = JsonDocument.Parse(answer);
                return read.RootElement.GetProperty("progress").GetProperty(field).GetBoolean();
            },
            () => $"not {field}: {answer}",
            Limit,
            Token
        );
    }
}
