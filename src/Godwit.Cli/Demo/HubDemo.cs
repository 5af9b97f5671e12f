using Godwit.Agent;
using Godwit.Agent.Identity;
using Godwit.Agent.Inventory;
using Godwit.Contracts.Atlas;
using Godwit.Contracts.Own;
using Godwit.Hub.Access;
using Godwit.Hub.Data;
using Godwit.Hub.Destinations;
using Godwit.Hub.Hosting;
using Godwit.Hub.Links;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using MongoDB.Driver;

namespace Godwit.Cli.Demo;

/// <summary>
/// What <c>godwit hub --demo</c> puts around a Hub: a busy replica set and a busy sharded cluster as sources, an empty one of each as
/// destinations, and a linked migration host. All on Sandboxes in processes of their own, gone with the Hub.
/// </summary>
internal sealed class HubDemo : IAsyncDisposable
{
    private const string HostName = "demo-host";
    private const int Seed = 11;
    private readonly List<SandboxProcess> servers;
    private readonly List<MongoClient> clients = [];
    private readonly TimeProvider time;
    private readonly CancellationTokenSource stopping = new();
    private readonly string agentFolder = Directory.CreateTempSubdirectory("godwit-demo-agent-").FullName;
    private IReadOnlyList<Application> applications = [];
    private Task agent = Task.CompletedTask;

    private HubDemo(IEnumerable<SandboxProcess> servers, TimeProvider time)
    {
        this.servers = [.. servers];
        this.time = time;
        Demonstration = new(StopWritingAsync, Write);
    }

    /// <summary>What the Hub's pages show of it.</summary>
    internal Demonstration Demonstration { get; }

    /// <summary>Starts the clusters and fills the sources.</summary>
    internal static async Task<HubDemo> StartAsync(int orders, TimeProvider time, CancellationToken cancellationToken)
    {
        string[][] shapes =
        [
            ["--replica-set", "1"],
            ["--sharded", "2x1"],
            ["--replica-set", "1"],
            ["--sharded", "2x1"],
        ];
        var started = await Task.WhenAll(
            shapes.Select(shape => SandboxProcess.StartAsync(shape, time, cancellationToken))
        );
        var demo = new HubDemo(started, time);
        try
        {
            foreach (var source in started[..2])
            {
                var client = new MongoClient(source.ConnectionString);
                demo.clients.Add(client);
                await new Shop(client.GetDatabase(Shop.Name), new Random(Seed)).FillAsync(orders, cancellationToken);
            }

            return demo;
        }
        catch
        {
            await demo.DisposeAsync();
            throw;
        }
    }

    /// <summary>Links a host to the Hub, registers the destinations, and lets the application write.</summary>
    internal async Task LinkAsync(HubServer hub, CancellationToken cancellationToken)
    {
        var (caller, organization, project) = await AdministratorAsync(hub, cancellationToken);
        var desks = hub.Services.GetRequiredService<Desks>();
        var token = await desks.OfOrganizationAsync<LinkDesk, TargetOrg>(
            caller,
            null,
            organization,
            (desk, scope) => desk.CreateTokenAsync(scope, new TargetOrgRequest(null), cancellationToken),
            cancellationToken
        );
        var folder = new AgentFolder(agentFolder);
        _ = await new Linker(folder, HostName).LinkAsync(token.LinkToken, cancellationToken);
        new Approvals(folder).AllowAll();
        var inventory = new InventoryFile(folder);
        inventory.Put(new("shop", servers[0].ConnectionString, IsManaged: true));
        inventory.Put(new("shop-sharded", servers[1].ConnectionString, IsManaged: true));
        agent = new AgentService(folder, time, NullLoggerFactory.Instance, _ => { }).RunAsync(stopping.Token);
        foreach (var (name, server) in new[] { ("shop-cloud", servers[2]), ("shop-cloud-sharded", servers[3]) })
        {
            _ = await desks.OfProjectAsync<ClusterDesk, ClusterResource>(
                caller,
                null,
                project,
                (desk, scope) =>
                    desk.RegisterAsync(scope, new ClusterRequest(name, server.ConnectionString), cancellationToken),
                cancellationToken
            );
        }

        Demonstration.Start();
    }

    public async ValueTask DisposeAsync()
    {
        await Demonstration.StopAsync();
        await stopping.CancelAsync();
        await agent.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var client in clients)
        {
            client.Dispose();
        }

        foreach (var server in servers)
        {
            await server.DisposeAsync();
        }

        stopping.Dispose();
        Directory.Delete(agentFolder, recursive: true);
    }

    private static async Task<(Caller Caller, string Organization, string Project)> AdministratorAsync(
        HubServer hub,
        CancellationToken cancellationToken
    )
    {
        var factory = hub.Services.GetRequiredService<IDbContextFactory<HubDatabase>>();
        await using var database = await factory.CreateDbContextAsync(cancellationToken);
        var person = await database.People.OrderBy(one => one.Id).FirstAsync(cancellationToken);
        var project = await database
            .Projects.Where(one =>
                !database.Organizations.Any(found => found.Id == one.OrganizationId && found.IsSource)
            )
            .OrderBy(one => one.Id)
            .FirstAsync(cancellationToken);
        return (new(CallerKind.Person, person.Id, person.UserName), project.OrganizationId, project.Id);
    }

    private void Write()
    {
        applications =
        [
            .. clients.Select(
                (client, i) => new Application(client.GetDatabase(Shop.Name), new Ledger(), Seed + i, time)
            ),
        ];
        foreach (var application in applications)
        {
            application.Start(withDefinitions: false);
        }
    }

    private Task StopWritingAsync() => Task.WhenAll(applications.Select(application => application.StopAsync()));
}
