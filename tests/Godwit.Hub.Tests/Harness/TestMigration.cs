using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Godwit.Agent.Connection;
using Godwit.Agent.Identity;
using Godwit.Contracts;
using Godwit.Contracts.Agents;
using Godwit.Hub.Destinations;
using Godwit.Hub.Hosting;
using Godwit.Hub.Links;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.EntityFrameworkCore;
using Shouldly;

namespace Godwit.Hub.Tests.Harness;

/// <summary>
/// A Hub with a linked host, a source cluster and a destination without users, all of them rows only: the test itself reports what the host
/// would, so that timers and order can be tried on a clock of its own.
/// </summary>
internal sealed class TestMigration : IAsyncDisposable
{
    public const string HostName = "vm001.example.com";
    private readonly TestHost host = new();
    private TestHost? second;

    private TestMigration(TestHub hub, Administrator owner) => (Hub, Owner) = (hub, owner);

    public TestHub Hub { get; private set; }

    public Administrator Owner { get; private set; }

    public string SourceProjectId { get; private set; } = "";

    public string HostId { get; private set; } = "";

    public string LiveMigrations => $"/api/atlas/v2/groups/{Owner.ProjectId}/liveMigrations";

    public string Own => $"/api/godwit/v1/groups/{Owner.ProjectId}/migrations";

    private static CancellationToken Cancellation => TestHub.Cancellation;

    /// <param name="change">Other options of the Hub's.</param>
    /// <param name="missesHosts">Whether a host that does not call is missed: no test about clocks wants that.</param>
    /// <param name="pages">Its pages, where a browser looks at it.</param>
    public static async Task<TestMigration> StartAsync(
        Func<HubOptions, HubOptions>? change = null,
        bool missesHosts = false,
        IHubPages? pages = null
    )
    {
        var hub = await TestHub.StartAsync(
            options =>
                (change?.Invoke(options) ?? options) with
                {
                    SilenceMax = missesHosts ? options.SilenceMax : TimeSpan.FromDays(1000),
                },
            pages
        );
        var migration = new TestMigration(hub, await hub.OwnerKeyAsync());
        await migration.PopulateAsync();
        return migration;
    }

    /// <summary>A correct body of the version of 2024-05-30.</summary>
    public JsonObject Request(string destination = "shop-cloud") =>
        new()
        {
            ["source"] = new JsonObject
            {
                ["clusterName"] = "shop",
                ["groupId"] = SourceProjectId,
                ["managedAuthentication"] = true,
                ["ssl"] = false,
            },
            ["destination"] = new JsonObject
            {
                ["clusterName"] = destination,
                ["groupId"] = Owner.ProjectId,
                ["hostnameSchemaType"] = "PUBLIC",
            },
            ["migrationHosts"] = new JsonArray(HostName),
        };

    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method,
        string path,
        JsonNode? body = null,
        string accept = "application/vnd.atlas.2024-05-30+json"
    )
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        request.Content = body is null ? null : JsonContent.Create(body);
        return await Owner.Client.SendAsync(request, Cancellation);
    }

    /// <summary>Creates a migration.</summary>
    /// <returns>Its id.</returns>
    public async Task<string> CreateAsync()
    {
        var answer = await SendAsync(HttpMethod.Post, LiveMigrations, Request());
        answer.StatusCode.ShouldBe(HttpStatusCode.Created);
        return (string)(await TestHub.ReadAsync(answer))["_id"]!;
    }

    /// <summary>Creates one that another host goes on with if the first is lost.</summary>
    public async Task<string> CreateWithStandbyAsync(string standby)
    {
        var body = Request();
        body["options"] = new JsonObject { ["standbyHosts"] = new JsonArray(standby) };
        var answer = await SendAsync(HttpMethod.Post, Own, body);
        answer.StatusCode.ShouldBe(HttpStatusCode.Created);
        return (string)(await TestHub.ReadAsync(answer))["id"]!;
    }

    /// <summary>Creates one that blocks the source's writes at its cutover.</summary>
    public async Task<string> CreateBlockingAsync()
    {
        var active = await TestHub.ReadAsync(await SendAsync(HttpMethod.Get, Own));
        foreach (var one in active["results"]!.AsArray().Where(one => one!["ended"] is null))
        {
            var earlier = (string)one!["id"]!;
            _ = await ActAsync(earlier, "cancel");
            await ReportAsync(earlier, MigrationActivity.Cancelled);
        }

        var body = Request();
        body["options"] = new JsonObject { ["writeBlock"] = true };
        var answer = await SendAsync(HttpMethod.Post, Own, body);
        answer.StatusCode.ShouldBe(HttpStatusCode.Created);
        return (string)(await TestHub.ReadAsync(answer))["id"]!;
    }

    /// <summary>In sync for so long that it expires.</summary>
    public async Task ExpireAsync(string id)
    {
        await SyncAsync(id);
        Hub.Time.Advance(TimeSpan.FromHours(114));
        await UntilAsync(async () => (await EventsAsync(id)).Contains("LIVE_MIGRATION_EXPIRES_SOON"));
        Hub.Time.Advance(TimeSpan.FromHours(6));
        await UntilAsync(async () => (await OrderAsync(id))?.Goal == MigrationGoal.Pause);
        await ReportAsync(id, MigrationActivity.Paused);
        ((string)(await GetOwnAsync(id))["status"]!).ShouldBe("EXPIRED");
    }

    /// <summary>What Atlas' API shows.</summary>
    public async Task<JsonNode> GetAsync(string id) =>
        await TestHub.ReadAsync(
            await SendAsync(HttpMethod.Get, $"{LiveMigrations}/{id}", null, "application/vnd.atlas.2023-01-01+json")
        );

    /// <summary>What Godwit's own API shows.</summary>
    public async Task<JsonNode> GetOwnAsync(string id) =>
        await TestHub.ReadAsync(await SendAsync(HttpMethod.Get, $"{Own}/{id}"));

    /// <summary>Asks for something; gives the error code if it is refused.</summary>
    public async Task<string?> ActAsync(string id, string action)
    {
        var answer = await SendAsync(HttpMethod.Post, $"{Own}/{id}/{action}");
        return answer.StatusCode == HttpStatusCode.Accepted ? null : await TestHub.CodeAsync(answer);
    }

    /// <summary>What the host is told about a migration.</summary>
    public async Task<MigrationOrder?> OrderAsync(string id) =>
        (await ExchangeAsync()).Migrations.SingleOrDefault(order => order.Id == id);

    /// <summary>Obeys the newest order and reports so.</summary>
    public async Task ReportAsync(
        string id,
        MigrationActivity activity,
        string phase = "IN_SYNC",
        bool canCutOver = false,
        ReportedFailure? failure = null,
        string? report = null,
        IReadOnlyList<ReportedWorker>? hosts = null
    )
    {
        var order = await OrderAsync(id);
        order.ShouldNotBeNull();
        var progress = new ReportedProgress(
            phase,
            10,
            1000,
            1000,
            5,
            0,
            0.4,
            1,
            0,
            0,
            canCutOver,
            phase == "DONE",
            5,
            null,
            [],
            [],
            Hosts: hosts
        );
        _ = await ExchangeAsync(
            new ReportedMigration(id, order.Revision, activity, progress, failure, report, order.Goal)
        );
    }

    /// <summary>Runs until cutover can be asked for.</summary>
    public Task SyncAsync(string id) => ReportAsync(id, MigrationActivity.Running, canCutOver: true);

    /// <summary>Waits until the Hub has done what the clock asks of it.</summary>
    public Task UntilAsync(Func<Task<bool>> holds) =>
        Godwit.Testing.Condition.UntilAsync(
            holds,
            () => "it did not come about",
            TimeSpan.FromSeconds(60),
            Cancellation
        );

    public async Task<IReadOnlyList<string>> EventsAsync(string id)
    {
        var page = await TestHub.ReadAsync(await SendAsync(HttpMethod.Get, $"{Own}/{id}/events"));
        return [.. page["results"]!.AsArray().Select(one => (string)one!["eventTypeName"]!).Reverse()];
    }

    /// <summary>Stops the Hub and starts another on the same folder and port.</summary>
    public async Task RestartHubAsync(Func<string, Task>? between = null)
    {
        var port = Hub.Url.Port;
        await Hub.StopAsync();
        await (between?.Invoke(Hub.Folder) ?? Task.CompletedTask);
        Hub = await TestHub.StartAsync(Hub.Folder, Hub.Time, port);
    }

    /// <summary>Where hosts find each other to share migrations, by their names.</summary>
    public Dictionary<string, string> Places { get; } = [];

    /// <summary>Migrations whose leading host the others miss, as they say.</summary>
    public List<string> Missing { get; } = [];

    public Task<AgentOrders> ExchangeAsync(params ReportedMigration[] reports) =>
        ExchangeAsync(HostId, HostName, HostKey, reports);

    /// <summary>The host's connection as the agent opens it.</summary>
    public async Task<HubConnection> ConnectAsync()
    {
        var link = host.Folder.Read<HubLink>(HubLink.File)!;
        using var keys = HostKeys.Open(host.Folder);
        var credential = HubTrust.Credential(link.Certificate, keys.Identity);
        return await HubConnector.OpenAsync(
            link,
            credential,
            () => { },
            question => Task.FromResult(Dashboard(question)),
            Cancellation
        );
    }

    /// <summary>What the host says when it is asked for Orleans' dashboard.</summary>
    public Func<DashboardQuestion, DashboardAnswer> Dashboard { get; set; } = _ => new(409, "none");

    /// <summary>The host's link.</summary>
    public HubLink Link => host.Folder.Read<HubLink>(HubLink.File)!;

    /// <summary>What the host shows.</summary>
    public System.Security.Cryptography.X509Certificates.X509Certificate2 Credential()
    {
        using var keys = HostKeys.Open(host.Folder);
        return HubTrust.Credential(Link.Certificate, keys.Identity);
    }

    /// <summary>Asks the Hub as this host, as its commands do.</summary>
    public HubCalls HostCalls() => new(Link.Hub, Link.Authority, Credential());

    /// <summary>All that the host says, with these migrations.</summary>
    public AgentReport Report(params ReportedMigration[] reports) => Report(HostName, HostKey, reports);

    /// <summary>The host's own key, which opens what is sealed to it.</summary>
    public System.Security.Cryptography.ECDiffieHellman SealingKey => HostKeys.Open(host.Folder).Sealing;

    /// <summary>A further host of the source organisation, which watches the same cluster.</summary>
    public async Task<SecondHost> JoinAsync(string name)
    {
        var links = $"/api/godwit/v1/orgs/{Owner.OrganizationId}/links";
        var listed = await TestHub.ReadAsync(await SendAsync(HttpMethod.Get, links));
        var made = await SendAsync(HttpMethod.Post, $"{links}/{listed[0]!["id"]}/hostKeys");
        second = new TestHost();
        var link = await second.LinkAsync((string)(await TestHub.ReadAsync(made))["hostKey"]!, name);
        var key = (
            await Hub.QueryAsync(database => database.Hosts.SingleAsync(one => one.Name == name, Cancellation))
        ).SealingKey;
        return new(
            () => ExchangeAsync(link.HostId, name, key),
            report => ExchangeAsync(link.HostId, name, key, report)
        );
    }

    /// <summary>A host of another source organisation, linked to the same destination organisation.</summary>
    public async Task<Func<ReportedMigration, Task<AgentOrders>>> JoinStrangerAsync()
    {
        var answer = await Owner.Client.PostAsJsonAsync(
            $"/api/atlas/v2/orgs/{Owner.OrganizationId}/liveMigrations/linkTokens",
            new { },
            Cancellation
        );
        second = new TestHost();
        var link = await second.LinkAsync((string)(await TestHub.ReadAsync(answer))["linkToken"]!, "stranger");
        var key = (
            await Hub.QueryAsync(database => database.Hosts.SingleAsync(one => one.Id == link.HostId, Cancellation))
        ).SealingKey;
        return report => ExchangeAsync(link.HostId, "stranger", key, report);
    }

    /// <summary>Links the host, whose link was deleted, by a new token.</summary>
    public async Task LinkAgainAsync()
    {
        host.Folder.Delete(HubLink.File);
        await LinkAsync();
    }

    private async Task<AgentOrders> ExchangeAsync(
        string hostId,
        string name,
        string key,
        params ReportedMigration[] reports
    )
    {
        return await Hub.Service<HostExchange>()
            .RunAsync(hostId, "192.0.2.7", Report(name, key, reports), Cancellation);
    }

    private AgentReport Report(string name, string key, ReportedMigration[] reports) =>
        new(
            "instance",
            new HostReport(
                name,
                Version,
                "Linux",
                8,
                1,
                1,
                ["192.0.2.7"],
                key,
                Places.TryGetValue(name, out var place) ? new(place, null, Missing) : null,
                Abilities,
                MigrationsMax
            ),
            [Deployment("shop", SourceProjectId)],
            [],
            reports
        );

    private async Task LinkAsync()
    {
        var answer = await Owner.Client.PostAsJsonAsync(
            $"/api/atlas/v2/orgs/{Owner.OrganizationId}/liveMigrations/linkTokens",
            new { },
            Cancellation
        );
        var link = await host.LinkAsync((string)(await TestHub.ReadAsync(answer))["linkToken"]!, HostName);
        (SourceProjectId, HostId) = (link.ProjectId, link.HostId);
    }

    public async ValueTask DisposeAsync()
    {
        await host.DisposeAsync();
        if (second is not null)
        {
            await second.DisposeAsync();
        }

        await Hub.DisposeAsync();
    }

    public string HostKey { get; private set; } = "";

    /// <summary>What its hosts say that they can be asked for; an agent of an earlier version says nothing.</summary>
    public IReadOnlyList<string>? Abilities { get; set; } = HostAbilities.All;

    /// <summary>The version of its hosts; another than the Hub's, and one that goes with it.</summary>
    public string Version { get; set; } = $"{HubVersion.Text.Split('+')[0]}-earlier";

    /// <summary>How many migrations its hosts take at a time.</summary>
    public int MigrationsMax { get; set; } = 1;

    private async Task PopulateAsync()
    {
        await LinkAsync();
        HostKey = (await Hub.QueryAsync(database => database.Hosts.SingleAsync(Cancellation))).SealingKey;
        await AddClusterAsync("shop-cloud");
        await AddClusterAsync("other-cloud");
        _ = await ExchangeAsync();
    }

    private async Task AddClusterAsync(string name)
    {
        var ring = Hub.Service<Access.KeyRing>();
        _ = await Hub.QueryAsync(database =>
        {
            database.Add(
                new Data.Cluster
                {
                    Id = ObjectIds.New(Hub.Time),
                    ProjectId = Owner.ProjectId,
                    Name = name,
                    SealedAddress = ring.Seal($"mongodb://{name}.example.com/", Access.KeyRing.Clusters),
                    ShownAddress = "",
                    Facts = ApiJson.Write(new ClusterFactsText("REPLICA_SET", "8.0.10", "there", false, true)),
                }
            );
            return database.SaveChangesAsync(Cancellation);
        });
    }

    private ReportedDeployment Deployment(string name, string projectId) =>
        new(
            name,
            projectId,
            "mongodb://source.example.com/",
            true,
            null,
            "here",
            "8.0.10",
            "8.0",
            "REPLICA_SET",
            false,
            1000,
            1_000_000_000,
            3600,
            3,
            Hub.Time.GetUtcNow()
        );
}

/// <summary>A further host of a <see cref="TestMigration"/>.</summary>
/// <param name="ExchangeAsync">Reports that nothing is done, and gives the orders.</param>
/// <param name="ReportAsync">Reports a migration, and gives the orders.</param>
internal sealed record SecondHost(
    Func<Task<AgentOrders>> ExchangeAsync,
    Func<ReportedMigration, Task<AgentOrders>> ReportAsync
);
