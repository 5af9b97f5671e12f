using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Godwit.Contracts;
using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Godwit.Hub.Data;
using Godwit.Hub.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Godwit.Hub.Tests.Harness;

/// <summary>A Hub in this process, listening on loopback, its clock in the test's hand.</summary>
internal sealed class TestHub : IAsyncDisposable
{
    private readonly HubServer server;

    private TestHub(HubServer server, string folder, FakeTimeProvider time) =>
        (this.server, Folder, Time) = (server, folder, time);

    public static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public string Folder { get; }

    public FakeTimeProvider Time { get; }

    public Uri Url => server.Url;

    public Uri? SignInLink => server.SignInLink;

    public static Task<TestHub> StartAsync(Func<HubOptions, HubOptions>? change = null, IHubPages? pages = null) =>
        StartAsync(
            Directory.CreateTempSubdirectory("godwit-hub-").FullName,
            new FakeTimeProvider(TimeProvider.System.GetUtcNow()),
            change: change,
            pages: pages
        );

    /// <summary>A Hub on a folder that may have been one's before.</summary>
    public static async Task<TestHub> StartAsync(
        string folder,
        FakeTimeProvider time,
        int port = 0,
        Func<HubOptions, HubOptions>? change = null,
        IHubPages? pages = null
    )
    {
        var options = new HubOptions
        {
            DataDirectory = folder,
            Listen = new(IPAddress.Loopback, port),
            AllowedNetworks = [IPNetwork.Parse("127.0.0.0/8")],
        };
        var server = await HubServer.StartAsync(change?.Invoke(options) ?? options, time, Cancellation, pages);
        return new(server, folder, time);
    }

    /// <summary>A client without credentials.</summary>
    public HttpClient Anonymous() => Client(NewHandler());

    /// <summary>A client that sends these credentials by HTTP digest.</summary>
    public HttpClient ByKey(string publicKey, string privateKey)
    {
        var handler = NewHandler();
        handler.Credentials = new CredentialCache { { Url, "Digest", new NetworkCredential(publicKey, privateKey) } };
        return Client(handler);
    }

    /// <summary>A client that has signed in by a link.</summary>
    public async Task<HttpClient> SignInAsync(Uri link)
    {
        var client = Client(NewHandler());
        (await client.PostAsync(link, null, Cancellation)).EnsureSuccessStatusCode();
        return client;
    }

    /// <summary>The administrator of a Hub that was started for the first time, with the ids of what was made for them.</summary>
    public async Task<Administrator> AdministratorAsync()
    {
        var client = await SignInAsync(SignInLink!);
        var organization = await FirstIdAsync(client, "/api/atlas/v2/orgs");
        return new(client, organization, await FirstIdAsync(client, $"/api/atlas/v2/orgs/{organization}/groups"));
    }

    /// <summary>An owner's key of the first organisation.</summary>
    public async Task<Administrator> OwnerKeyAsync()
    {
        var administrator = await AdministratorAsync();
        var made = await administrator.Client.PostAsJsonAsync(
            $"/api/atlas/v2/orgs/{administrator.OrganizationId}/apiKeys",
            new { desc = "owner", roles = new[] { "ORG_OWNER" } },
            Cancellation
        );
        var key = await ReadAsync(made);
        return administrator with { Client = ByKey((string)key["publicKey"]!, (string)key["privateKey"]!) };
    }

    /// <summary>A client of somebody with one role, put into the database as if it had always been there.</summary>
    public Task<HttpClient> WithRoleAsync(bool isKey, string organizationId, string? projectId, string role) =>
        WithRoleAsync(isKey ? CallerKind.ApiKey : CallerKind.Person, organizationId, projectId, role);

    /// <summary>The same, by each kind of credential.</summary>
    public async Task<HttpClient> WithRoleAsync(CallerKind kind, string organizationId, string? projectId, string role)
    {
        if (kind == CallerKind.ServiceAccount)
        {
            return await WithTokenAsync(organizationId, projectId, role);
        }

        var isKey = kind == CallerKind.ApiKey;
        var id = ObjectIds.New(Time);
        await using var scope = server.Services.CreateAsyncScope();
        var database = scope.ServiceProvider.GetRequiredService<HubDatabase>();
        database.Add(Grants.Create(Time, id, organizationId, projectId, role));
        if (isKey)
        {
            const string secret = "private";
            var ring = scope.ServiceProvider.GetRequiredService<KeyRing>();
            database.Add(
                new ApiKey
                {
                    Id = id,
                    OrganizationId = organizationId,
                    PublicKey = id,
                    SealedHash = ring.Seal(DigestHeader.HashPassword(id, DigestHandler.Realm, secret), KeyRing.ApiKeys),
                    Ending = "",
                    Description = role,
                }
            );
            await database.SaveChangesAsync(Cancellation);
            return ByKey(id, secret);
        }

        var person = new Person { Id = id, UserName = id };
        database.Add(person);
        var code = SignIn.AddCode(database, person, TimeSpan.FromHours(1), Time);
        await database.SaveChangesAsync(Cancellation);
        return await SignInAsync(new Uri(Url, SignIn.PathOf(code)));
    }

    private async Task<HttpClient> WithTokenAsync(string organizationId, string? projectId, string role)
    {
        var id = ObjectIds.New(Time);
        const string secret = "secret";
        _ = await QueryAsync(database =>
        {
            database.Add(
                new ServiceAccount
                {
                    Id = id,
                    OrganizationId = organizationId,
                    ClientId = id,
                    Name = role,
                    Description = "",
                }
            );
            database.Add(
                new ServiceAccountSecret
                {
                    Id = id,
                    AccountId = id,
                    Hash = ServiceAccounts.Hash(secret),
                    ExpiresAt = Time.GetUtcNow().AddHours(1),
                }
            );
            database.Add(Grants.Create(Time, id, organizationId, projectId, role));
            return database.SaveChangesAsync(Cancellation);
        });
        var client = Anonymous();
        using var content = new FormUrlEncodedContent([
            new("grant_type", "client_credentials"),
            new("client_id", id),
            new("client_secret", secret),
        ]);
        var answer = await client.PostAsync(ServiceAccounts.TokenPath, content, Cancellation);
        client.DefaultRequestHeaders.Authorization = new("Bearer", (string)(await ReadAsync(answer))["access_token"]!);
        return client;
    }

    /// <summary>Gives somebody a role in the administrator's project.</summary>
    public Task GrantAsync(Caller caller, Administrator owner, string role) =>
        QueryAsync(database =>
        {
            database.Add(Grants.Create(Time, caller.Id, owner.OrganizationId, owner.ProjectId, role));
            return database.SaveChangesAsync(Cancellation);
        });

    /// <summary>Looks into the database.</summary>
    public async Task<T> QueryAsync<T>(Func<HubDatabase, Task<T>> query)
    {
        var factory = server.Services.GetRequiredService<IDbContextFactory<HubDatabase>>();
        await using var database = await factory.CreateDbContextAsync(Cancellation);
        return await query(database);
    }

    public T Service<T>()
        where T : notnull => server.Services.GetRequiredService<T>();

    /// <summary>A body, whatever the status.</summary>
    public static async Task<JsonNode> ReadAsync(HttpResponseMessage answer) =>
        JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancellation)) ?? throw new InvalidOperationException();

    /// <summary>The error code of a refusal.</summary>
    public static async Task<string> CodeAsync(HttpResponseMessage answer) =>
        (string)(await ReadAsync(answer))["errorCode"]!;

    /// <summary>Stops it, and keeps its folder.</summary>
    public async Task StopAsync()
    {
        await server.StopAsync(Cancellation);
        await server.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private static async Task<string> FirstIdAsync(HttpClient client, string path) =>
        (string)JsonNode.Parse(await client.GetStringAsync(path, Cancellation))!["results"]![0]!["id"]!;

    private HttpClient Client(HttpMessageHandler handler) => new(handler) { BaseAddress = Url };

    private SocketsHttpHandler NewHandler() =>
        new()
        {
            CookieContainer = new CookieContainer(),
            SslOptions = new()
            {
                RemoteCertificateValidationCallback = Agent.Identity.HubTrust.Validation(
                    File.ReadAllText(Path.Combine(Folder, "authority.pem"))
                ),
            },
        };
}

/// <summary>A client with the organisation and project it may do everything in.</summary>
internal sealed record Administrator(HttpClient Client, string OrganizationId, string ProjectId);
