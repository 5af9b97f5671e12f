using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Godwit.Agent.Identity;
using Xunit;

namespace Godwit.ControlPlane.Tests.Harness;

/// <summary>A Hub in a process of its own, which may be killed and started again on its folder and port.</summary>
internal sealed class HubProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly string folder = Directory.CreateTempSubdirectory("godwit-hub-").FullName;
    private RunningProgram program = null!;

    /// <summary>What it reaches on this machine that stands elsewhere otherwise.</summary>
    private readonly Dictionary<string, string> outside = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Where it listens.</summary>
    public Uri Url { get; private set; } = null!;

    /// <summary>All that it has written, to either output.</summary>
    public string Log => program.Output + program.Errors;

    /// <summary>Its folder: database, keys, certificates.</summary>
    public string Folder => folder;

    /// <param name="atlas">Where it finds Atlas' Admin API; <see langword="null"/> for where that really is.</param>
    /// <param name="mailServer">Where it hands mail in; <see langword="null"/> for nowhere.</param>
    public static async Task<HubProcess> StartAsync(Uri? atlas = null, Uri? mailServer = null)
    {
        var hub = new HubProcess();
        if (atlas is not null)
        {
            hub.outside["GODWIT_HUB_ATLAS_URL"] = atlas.ToString();
        }

        if (mailServer is not null)
        {
            hub.outside["GODWIT_HUB_SMTP"] = mailServer.ToString();
        }

        try
        {
            await hub.StartAsync(0);
            return hub;
        }
        catch
        {
            await hub.DisposeAsync();
            throw;
        }
    }

    /// <summary>Kills it.</summary>
    public async Task KillAsync()
    {
        program.Kill();
        await program.DisposeAsync();
    }

    /// <summary>Starts it again where it was.</summary>
    public Task RestartAsync() => StartAsync(Url.Port);

    /// <summary>What the first start has printed.</summary>
    public async Task<string> SignInLinkAsync()
    {
        var line = await program.LineAsync(
            text => text.Contains("/signIn/", StringComparison.Ordinal),
            Patience,
            Cancellation
        );
        return line[line.IndexOf("https://", StringComparison.Ordinal)..];
    }

    /// <summary>Signs the administrator in and makes an owner's key.</summary>
    public async Task<ApiClient> OwnerAsync()
    {
        var link = await program.LineAsync(
            line => line.Contains("/signIn/", StringComparison.Ordinal),
            Patience,
            Cancellation
        );
        using var person = new HttpClient(NewHandler()) { BaseAddress = Url };
        (
            await person.PostAsync(link[link.IndexOf("https://", StringComparison.Ordinal)..], null, Cancellation)
        ).EnsureSuccessStatusCode();
        var organization = await FirstIdAsync(person, "/api/atlas/v2/orgs");
        var project = await FirstIdAsync(person, $"/api/atlas/v2/orgs/{organization}/groups");
        var made = await person.PostAsJsonAsync(
            $"/api/atlas/v2/orgs/{organization}/apiKeys",
            new { desc = "owner", roles = new[] { "ORG_OWNER" } },
            Cancellation
        );
        var key = JsonNode.Parse(await made.Content.ReadAsStringAsync(Cancellation))!;
        return new(this, organization, project, (string)key["publicKey"]!, (string)key["privateKey"]!);
    }

    /// <summary>A handler that trusts this Hub's authority.</summary>
    public SocketsHttpHandler NewHandler() =>
        new()
        {
            CookieContainer = new CookieContainer(),
            SslOptions = new()
            {
                RemoteCertificateValidationCallback = HubTrust.Validation(
                    File.ReadAllText(Path.Combine(folder, "authority.pem"))
                ),
            },
        };

    public async ValueTask DisposeAsync()
    {
        await program.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private static async Task<string> FirstIdAsync(HttpClient client, string path) =>
        (string)JsonNode.Parse(await client.GetStringAsync(path, Cancellation))!["results"]![0]!["id"]!;

    private async Task StartAsync(int port)
    {
        var arguments = new[] { "hub", "--data", folder, "--listen", $"127.0.0.1:{port}" };
        program =
            outside.Count == 0
                ? GodwitProgram.Start(arguments)
                : GodwitProgram.StartWith(outside, [.. arguments, "--allow-network", "127.0.0.0/8"]);
        var line = await program.LineAsync(
            text => text.Contains("listens on", StringComparison.Ordinal),
            Patience,
            Cancellation
        );
        Url = new(line[line.IndexOf("https://", StringComparison.Ordinal)..]);
    }
}
