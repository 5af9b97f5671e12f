using System.Globalization;
using System.Text.Json;
using Godwit.Bench.Measuring;

namespace Godwit.Bench.Hosts;

/// <summary>
/// Hosts of one migration between null servers, each a process under a quota: they come together while next to nothing may be read, warm up
/// at full speed, are put under their quotas, and then the leader's own progress says how fast they are.
/// </summary>
internal sealed class HostsRun : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly HostsWork work;
    private readonly NullRun servers;
    private readonly List<MeasuredProgram> hosts = [];
    private readonly List<CpuQuota> quotas = [];

    private HostsRun(HostsWork work, NullRun servers) => (this.work, this.servers) = (work, servers);

    /// <summary>Works for a while.</summary>
    /// <param name="work">At what.</param>
    /// <param name="count">Hosts.</param>
    /// <param name="cluster">Where they find each other; <see langword="null"/> for one host that knows of no others.</param>
    /// <param name="ranges">Ranges that each host copies at once; <see langword="null"/> for as many as it does by itself.</param>
    /// <param name="cores">Quota of each host.</param>
    /// <param name="settle">From quotas to the begin of what is measured.</param>
    /// <param name="window">What is measured.</param>
    /// <returns>What was done a second.</returns>
    public static async Task<double> MeasureAsync(
        HostsWork work,
        int count,
        string? cluster,
        int? ranges,
        double cores,
        TimeSpan settle,
        TimeSpan window
    )
    {
        await using var run = new HostsRun(work, await NullRun.StartAsync(work.Served));
        await run.StartAsync(count, cluster, ranges);
        await run.LiftAsync();
        await Task.Delay(settle, TimeProvider.System);
        foreach (var host in run.hosts)
        {
            var quota = new CpuQuota(cores);
            run.quotas.Add(quota);
            quota.Hold(host.Id);
        }

        await Task.Delay(settle, TimeProvider.System);
        var (began, before) = await run.DoneAsync();
        await Task.Delay(window, TimeProvider.System);
        var (ended, after) = await run.DoneAsync();
        return after > before
            ? (after - before) / TimeProvider.System.GetElapsedTime(began, ended).TotalSeconds
            : throw new InvalidOperationException("nothing was done in the time that is measured");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in hosts)
        {
            await host.DisposeAsync();
        }

        quotas.ForEach(quota => quota.Dispose());
        await servers.DisposeAsync();
    }

    private async Task StartAsync(int count, string? cluster, int? ranges)
    {
        for (var number = 1; number <= count; number++)
        {
            string[] shared = cluster is null
                ? []
                :
                [
                    "--cluster",
                    cluster,
                    "--host-name",
                    string.Create(CultureInfo.InvariantCulture, $"host{number}"),
                    "--host-address",
                    "127.0.0.1",
                    .. ranges is { } most
                        ? ["--host-ranges", most.ToString(CultureInfo.InvariantCulture)]
                        : (string[])[],
                ];
            var host = MeasuredProgram.Start(
                Places.Godwit,
                [
                    "migrate",
                    "--source",
                    servers.Source,
                    "--destination",
                    servers.Destination,
                    "--progress",
                    "json",
                    "--documents-per-second",
                    "50",
                    .. work.Options,
                    .. shared,
                ]
            );
            hosts.Add(host);
            // Limits that are given before it copies are those of before: the command line's come then.
            var wanted = number == 1 ? "\"phase\":\"copying\"" : " works for ";
            await host.LineAsync(line => line.Contains(wanted, StringComparison.Ordinal), Patience);
        }
    }

    private async Task LiftAsync()
    {
        await using var limit = MeasuredProgram.Start(Places.Godwit, "limit", "--destination", servers.Destination);
        await limit.ExitAsync(Patience);
    }

    /// <summary>What the leader says next, and when it was said.</summary>
    private async Task<(long At, double Bytes)> DoneAsync()
    {
        var line = await hosts[0].NextLineAsync(one => one.StartsWith('{'), Patience);
        var at = TimeProvider.System.GetTimestamp();
        using var document = JsonDocument.Parse(line);
        return (at, document.RootElement.GetProperty(work.Figure).GetDouble());
    }
}
