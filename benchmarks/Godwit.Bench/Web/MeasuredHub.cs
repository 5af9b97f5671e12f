using System.Diagnostics;
using System.Net;
using Godwit.Contracts;
using Godwit.Contracts.Agents;
using Godwit.Hub.Data;
using Godwit.Hub.Hosting;
using Godwit.Hub.Migrations;
using Godwit.Hub.Web.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Bench.Web;

/// <summary>A Hub with its pages in this process, and a migration whose figures nobody but this process makes up.</summary>
internal sealed class MeasuredHub : IAsyncDisposable
{
    private const string HostId = "0123456789abcdef01234567";
    private readonly string folder;
    private readonly HubServer server;

    private MeasuredHub(string folder, HubServer server) => (this.folder, this.server) = (folder, server);

    public Uri Url => server.Url;

    public Uri SignInLink => server.SignInLink ?? throw new InvalidOperationException("the Hub is not new");

    public string ProjectId { get; private set; } = "";

    public static async Task<MeasuredHub> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("godwit-bench-hub-").FullName;
        var options = new HubOptions { DataDirectory = folder, Listen = new(IPAddress.Loopback, 0) };
        var server = await HubServer.StartAsync(options, TimeProvider.System, CancellationToken.None, new HubPages());
        var hub = new MeasuredHub(folder, server);
        await using var database = await hub.OpenAsync();
        hub.ProjectId = (await database.Projects.SingleAsync()).Id;
        return hub;
    }

    /// <summary>Records a migration that is under way.</summary>
    public async Task<string> AddMigrationAsync(int namespaces)
    {
        var id = ObjectIds.New(TimeProvider.System);
        var now = TimeProvider.System.GetUtcNow();
        var source = new SourceAccess("shop", ProjectId, null, null, false, null);
        var state = new MigrationState
        {
            Id = id,
            Plan = new(source, ProjectId, HostId, "vm001", HostId, "shop-cloud", false, false, false),
            Stage = MigrationStage.Running,
            CreatedAt = now,
        };
        await using var database = await OpenAsync();
        database.Add(
            new MigrationRecord
            {
                Id = id,
                ProjectId = ProjectId,
                SourceOrganizationId = ProjectId,
                HostId = HostId,
                ActiveClusterId = HostId,
                IsActive = true,
                State = ApiJson.Write(state),
                Report = Report(id, namespaces, 0),
                CreatedAt = now,
            }
        );
        await database.SaveChangesAsync();
        return id;
    }

    /// <summary>Keeps other figures ten times a second, as a host would report them, until it is disposed.</summary>
    public IAsyncDisposable Update(string id, int namespaces) => new Updates(this, id, namespaces);

    /// <summary>Processor time of this process over a while, as a share of one processor.</summary>
    public async Task<double> LoadDuringAsync(TimeSpan span)
    {
        using var process = Process.GetCurrentProcess();
        var (before, began) = (process.TotalProcessorTime, Stopwatch.GetTimestamp());
        await Task.Delay(span);
        process.Refresh();
        return (process.TotalProcessorTime - before) / Stopwatch.GetElapsedTime(began);
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private Task<HubDatabase> OpenAsync() =>
        server.Services.GetRequiredService<IDbContextFactory<HubDatabase>>().CreateDbContextAsync();

    private static string Report(string id, int namespaces, int round) =>
        ApiJson.Write(
            ReportSize.Pack(
                new ReportedMigration(
                    id,
                    1,
                    MigrationActivity.Running,
                    new(
                        "COPYING",
                        round * 1000L,
                        round * 1_000_000L,
                        namespaces * 1_000_000L,
                        round * 10L,
                        5,
                        0.2,
                        0,
                        0,
                        0,
                        false,
                        false,
                        null,
                        86_400,
                        [
                            .. Enumerable
                                .Range(0, namespaces)
                                .Select(i => new ReportedCollection(
                                    $"shop.collection{i:00000}",
                                    1000,
                                    round % 1000,
                                    1_000_000,
                                    round * 1000L % 1_000_000,
                                    i < round,
                                    false
                                )),
                        ],
                        []
                    ),
                    null,
                    null
                )
            )
        );

    private sealed class Updates : IAsyncDisposable
    {
        private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(100);
        private readonly CancellationTokenSource stopping = new();
        private readonly Task running;

        internal Updates(MeasuredHub hub, string id, int namespaces)
        {
            // Made before: writing them down is the host's work, not the Hub's.
            var reports = Enumerable.Range(1, 20).Select(round => Report(id, namespaces, round * 50)).ToList();
            running = Task.Run(() => RunAsync(hub, id, reports, stopping.Token));
        }

        public async ValueTask DisposeAsync()
        {
            await stopping.CancelAsync();
            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            stopping.Dispose();
        }

        private static async Task RunAsync(MeasuredHub hub, string id, List<string> reports, CancellationToken stopping)
        {
            using var timer = new PeriodicTimer(Every);
            for (var round = 0; await timer.WaitForNextTickAsync(stopping); round++)
            {
                var report = reports[round % reports.Count];
                await using var database = await hub.OpenAsync();
                await database
                    .Migrations.Where(one => one.Id == id)
                    .ExecuteUpdateAsync(set => set.SetProperty(one => one.Report, report), stopping);
            }
        }
    }
}
