using System.Globalization;
using System.Text.Json;
using Godwit.Bench.NullServers;

namespace Godwit.Bench.Measuring;

/// <summary>A pair of null servers in a process of its own and one mover between them, from start to end.</summary>
internal sealed class NullRun : IAsyncDisposable
{
    private const int RelayStreams = 4;
    private const int RelayBatchBytes = 4 * 1024 * 1024;
    private static readonly TimeSpan StartMax = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PhaseMax = TimeSpan.FromMinutes(5);
    private readonly MeasuredProgram servers;
    private readonly NullAddresses addresses;
    private MeasuredProgram? mover;

    private NullRun(MeasuredProgram servers, NullAddresses addresses)
    {
        this.servers = servers;
        this.addresses = addresses;
    }

    /// <summary>Connection string of the source.</summary>
    public string Source => addresses.Source;

    /// <summary>Connection string of the sink.</summary>
    public string Destination => addresses.Destination;

    public MeasuredProgram Mover => mover ?? throw new InvalidOperationException("nothing was started");

    public static async Task<NullRun> StartAsync(NullOptions options)
    {
        var servers = MeasuredProgram.Start(
            Environment.ProcessPath!,
            "role",
            "null-servers",
            JsonSerializer.Serialize(options)
        );
        var line = await servers.LineAsync(one => one.StartsWith('{'), StartMax);
        return new(servers, JsonSerializer.Deserialize<NullAddresses>(line)!);
    }

    /// <summary>
    /// Starts the relay in one of its ways. It asks for batches as the engine does: smaller ones than a server gives of itself are
    /// cheaper to move, for any mover.
    /// </summary>
    public async Task RelayAsync(string way, NullOptions options)
    {
        mover = MeasuredProgram.Start(
            Environment.ProcessPath!,
            "role",
            way,
            addresses.Source,
            addresses.Destination,
            options.Documents.ToString(CultureInfo.InvariantCulture),
            Math.Max(1, RelayBatchBytes / options.DocumentBytes).ToString(CultureInfo.InvariantCulture),
            RelayStreams.ToString(CultureInfo.InvariantCulture)
        );
        await WatchAsync();
        await mover.SayAsync("go");
    }

    /// <summary>Starts the engine, as everybody runs it.</summary>
    public async Task GodwitAsync(string verb, params string[] options)
    {
        mover = MeasuredProgram.Start(
            Places.Godwit,
            [verb, "--source", addresses.Source, "--destination", addresses.Destination, .. options]
        );
        await WatchAsync();
    }

    /// <summary>Waits for a phase to end.</summary>
    public async Task<PhaseLine> PhaseAsync(string name)
    {
        var phase = servers.LineAsync(one => one.Contains($"\"Phase\":\"{name}\"", StringComparison.Ordinal), PhaseMax);
        return JsonSerializer.Deserialize<PhaseLine>(await phase)!;
    }

    public async ValueTask DisposeAsync()
    {
        if (mover is not null)
        {
            await mover.DisposeAsync();
        }

        await servers.DisposeAsync();
    }

    private Task WatchAsync() => servers.SayAsync($"mover {Mover.Id.ToString(CultureInfo.InvariantCulture)}");
}
