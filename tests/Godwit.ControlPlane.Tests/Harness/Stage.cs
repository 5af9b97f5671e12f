using System.Net;
using System.Text.Json.Nodes;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.ControlPlane.Tests.Harness;

/// <summary>
/// Both sides set up by API and command line as the guide says: a Hub, a linked migration host that watches the source, the destination
/// registered, some documents on the source. Each part is a process of its own.
/// </summary>
internal sealed class Stage : IAsyncDisposable
{
    public const string SourceSecret = "s0urce-Secret";
    public const string DestinationSecret = "d3stination-Secret";
    public const string Host = "vm001.example.com";
    public const int Documents = 2000;

    private Stage(
        HubProcess hub,
        AgentProcess agent,
        SandboxProcess source,
        SandboxProcess destination,
        ApiClient api
    ) => (Hub, Agent, Source, Destination, Api) = (hub, agent, source, destination, api);

    public HubProcess Hub { get; }

    public AgentProcess Agent { get; }

    public SandboxProcess Source { get; }

    public SandboxProcess Destination { get; }

    public ApiClient Api { get; }

    /// <summary>The source project that the link has brought.</summary>
    public string SourceProjectId { get; private set; } = "";

    public IMongoCollection<BsonDocument> Orders =>
        Source.Client.GetDatabase("shop").GetCollection<BsonDocument>("orders");

    public IMongoCollection<BsonDocument> OrdersThere =>
        Destination.Client.GetDatabase("shop").GetCollection<BsonDocument>("orders");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static Task<Stage> SetAsync(params string[] clusterOptions) => SetAsync("auto", clusterOptions);

    /// <summary>With what the source side says to migrations: ask or auto.</summary>
    public static Task<Stage> SetAsync(string approve, string[] clusterOptions) =>
        SetAsync(
            SandboxProcess.StartAsync(SourceSecret),
            SandboxProcess.StartAsync(DestinationSecret),
            null,
            approve,
            clusterOptions
        );

    /// <summary>With a Hub that hands its mail in somewhere.</summary>
    public static Task<Stage> SetWithMailAsync(Uri mailServer) =>
        SetAsync(
            SandboxProcess.StartAsync(SourceSecret),
            SandboxProcess.StartAsync(DestinationSecret),
            null,
            "auto",
            [],
            mailServer
        );

    /// <summary>With encryption on both sides, each by an authority of its own.</summary>
    /// <param name="here">The source's authority.</param>
    /// <param name="there">The destination's.</param>
    /// <param name="shardsHere">Shards of the source, whose orders are sharded then; <see langword="null"/> for a replica set.</param>
    /// <param name="shardsThere">The same of the destination.</param>
    public static Task<Stage> SetEncryptedAsync(
        TestAuthority here,
        TestAuthority there,
        int? shardsHere = null,
        int? shardsThere = null
    ) =>
        SetAsync(
            ShardOrdersAsync(SandboxProcess.StartEncryptedAsync(SourceSecret, here, shardsHere), shardsHere),
            SandboxProcess.StartEncryptedAsync(DestinationSecret, there, shardsThere),
            there.Pem,
            "auto",
            []
        );

    private static async Task<SandboxProcess> ShardOrdersAsync(Task<SandboxProcess> starting, int? shards)
    {
        var source = await starting;
        if (shards is not null)
        {
            var shard = new BsonDocument
            {
                { "shardCollection", "shop.orders" },
                { "key", new BsonDocument("_id", "hashed") },
            };
            await source.Client.GetDatabase("admin").RunCommandAsync<BsonDocument>(shard, null, Cancellation);
        }

        return source;
    }

    private static async Task<Stage> SetAsync(
        Task<SandboxProcess> source,
        Task<SandboxProcess> destination,
        string? destinationAuthority,
        string approve,
        string[] clusterOptions,
        Uri? mailServer = null
    )
    {
        var starting = (Hub: HubProcess.StartAsync(mailServer: mailServer), Source: source, Destination: destination);
        var hub = await starting.Hub;
        var stage = new Stage(
            hub,
            new AgentProcess(),
            await starting.Source,
            await starting.Destination,
            await hub.OwnerAsync()
        );
        try
        {
            await stage.LinkAsync(destinationAuthority, approve, clusterOptions);
            return stage;
        }
        catch
        {
            await stage.DisposeAsync();
            throw;
        }
    }

    /// <summary>The body of a validation or migration, of the version of 2024-05-30.</summary>
    public Dictionary<string, object> Request() =>
        new()
        {
            ["source"] = new Dictionary<string, object>
            {
                ["clusterName"] = "shop",
                ["groupId"] = SourceProjectId,
                ["managedAuthentication"] = true,
                ["ssl"] = false,
            },
            ["destination"] = new Dictionary<string, object>
            {
                ["clusterName"] = "shop-cloud",
                ["groupId"] = Api.ProjectId,
                ["hostnameSchemaType"] = "PUBLIC",
            },
            ["migrationHosts"] = new[] { Host },
        };

    /// <summary>A client with a key of the project's owner: an organization's may not change who is let in (P16).</summary>
    public async Task<ApiClient> ProjectOwnerAsync()
    {
        var key = await Api.PostAsync(
            $"/api/atlas/v2/groups/{Api.ProjectId}/apiKeys",
            new { desc = "project owner", roles = new[] { "GROUP_OWNER" } },
            HttpStatusCode.OK,
            "2023-01-01"
        );
        return new(Hub, Api.OrganizationId, Api.ProjectId, (string)key["publicKey"]!, (string)key["privateKey"]!);
    }

    /// <summary>Creates a migration.</summary>
    /// <returns>Its id.</returns>
    public async Task<string> MigrateAsync()
    {
        var made = await Api.PostAsync(Api.LiveMigrations, Request(), HttpStatusCode.Created, "2024-05-30");
        return (string)made["_id"]!;
    }

    /// <summary>Starts another host of the source's organisation that watches the same source.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="command">Another command of its agent before it is started; none if there is nothing in it.</param>
    public async Task<AgentProcess> AddHostAsync(string name, params string[] command)
    {
        var key = (await Agent.RunAsync("invite")).Trim();
        var host = new AgentProcess();
        try
        {
            await host.LinkAsync(key, name);
            await host.AddClusterAsync("shop", Source.ConnectionString);
            if (command.Length > 0)
            {
                _ = await host.RunAsync(command);
            }

            await host.StartAsync();
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until cutover can be asked for.</summary>
    public Task<JsonNode> UntilReadyAsync(string id) =>
        Api.UntilAsync($"{Api.LiveMigrations}/{id}", one => (bool)one["readyForCutover"]!);

    public Task<JsonNode> UntilStatusAsync(string id, string status) =>
        Api.UntilAsync($"{Api.LiveMigrations}/{id}", one => (string)one["status"]! == status);

    /// <summary>Waits for a status in Godwit's own words.</summary>
    public Task<JsonNode> UntilOwnStatusAsync(string id, string status) =>
        Api.UntilAsync($"{Api.Own}/migrations/{id}", one => (string)one["status"]! == status);

    public async Task CutOverAsync(string id)
    {
        var (status, body) = await Api.SendAsync(HttpMethod.Put, $"{Api.LiveMigrations}/{id}/cutover");
        status.ShouldBe(HttpStatusCode.Accepted, body?.ToString());
        body.ShouldBeNull();
    }

    public async Task ActAsync(string id, string action)
    {
        var (status, body) = await Api.SendAsync(HttpMethod.Post, $"{Api.Own}/migrations/{id}/{action}");
        status.ShouldBe(HttpStatusCode.Accepted, body?.ToString());
    }

    /// <summary>Writes orders until it is told to stop.</summary>
    /// <returns>How many it has written.</returns>
    public async Task<int> WriteAsync(CancellationToken stop)
    {
        var count = 0;
        for (; !stop.IsCancellationRequested; count++)
        {
            await Orders.InsertOneAsync(
                new BsonDocument { { "_id", Documents + count }, { "text", "late" } },
                null,
                Cancellation
            );
        }

        return count;
    }

    /// <summary>Names of the users that Godwit has made on the destination.</summary>
    public async Task<IReadOnlyList<string>> TemporaryUsersAsync()
    {
        var reply = await Destination
            .Client.GetDatabase("admin")
            .RunCommandAsync<BsonDocument>(new BsonDocument("usersInfo", 1), cancellationToken: Cancellation);
        return
        [
            .. reply["users"]
                .AsBsonArray.Select(user => user["user"].AsString)
                .Where(name => name.StartsWith("godwit-", StringComparison.Ordinal)),
        ];
    }

    /// <summary>Fails unless both sides hold the same documents.</summary>
    public async Task ShouldBeIdenticalAsync(long documents)
    {
        (await Orders.CountDocumentsAsync("{}", null, Cancellation)).ShouldBe(documents);
        var here = await Orders.Find("{}").Sort("{_id: 1}").ToListAsync(Cancellation);
        var there = await OrdersThere.Find("{}").Sort("{_id: 1}").ToListAsync(Cancellation);
        there.ShouldBe(here);
    }

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        await Agent.DisposeAsync();
        await Hub.DisposeAsync();
        await Source.DisposeAsync();
        await Destination.DisposeAsync();
    }

    private async Task LinkAsync(string? destinationAuthority, string approve, string[] clusterOptions)
    {
        await Orders.InsertManyAsync(
            Enumerable.Range(0, Documents).Select(i => new BsonDocument { { "_id", i }, { "text", $"order {i}" } }),
            null,
            Cancellation
        );
        var tokens = $"/api/atlas/v2/orgs/{Api.OrganizationId}/liveMigrations";
        var token = await Api.PostAsync($"{tokens}/linkTokens", new { }, HttpStatusCode.OK, "2023-01-01");
        await Agent.LinkAsync((string)token["linkToken"]!, Host, approve);
        await Agent.AddClusterAsync("shop", Source.ConnectionString, clusterOptions);
        await Agent.StartAsync();
        var available = await Api.UntilAsync(
            $"{tokens}/availableProjects",
            all => all[0]!["deployments"]!.AsArray().Count == 1
        );
        SourceProjectId = (string)available[0]!["projectId"]!;
        _ = await Api.PostAsync(
            $"{Api.Own}/clusters",
            new
            {
                name = "shop-cloud",
                connectionString = Destination.PlainAddress,
                certificateAuthority = destinationAuthority,
            },
            HttpStatusCode.Created,
            ""
        );
    }
}
