using Godwit.Bench.Measuring;
using Godwit.Bench.NullServers;

namespace Godwit.Bench.Benchmarks;

/// <summary>The engine's copy, with everything it does, against a plain relay of the same bytes.</summary>
internal sealed class CopyBenchmark : IBenchmark
{
    private const long BytesEach = 4_000_000_000;

    public string Name => "copy";

    public string Description => "copy from a null source to a null sink, against a plain relay of the same bytes";

    public async Task RunAsync(Scale scale, Figures figures)
    {
        foreach (var (size, text) in new[] { (350, "350 B"), (4096, "4 KB"), (1024 * 1024, "1 MB") })
        {
            var options = new NullOptions { Documents = scale.Of(BytesEach) / size, DocumentBytes = size };
            var pairs = await scale.RepeatAsync($"documents of {text}", () => RunPairAsync(options));
            figures.Add($"relay, documents of {text}", "MB/s", pairs.Select(pair => Rate(pair.Relay)));
            figures.Add($"copy, documents of {text}", "MB/s", pairs.Select(pair => Rate(pair.Engine)));
            figures.AddAtLeast(
                0.8,
                $"copy : relay, throughput, {text}",
                "×",
                pairs.Select(pair => Rate(pair.Engine) / Rate(pair.Relay))
            );
            figures.Add($"relay, documents of {text}", "CPU s/GB", pairs.Select(pair => Cost(pair.Relay)));
            figures.Add($"copy, documents of {text}", "CPU s/GB", pairs.Select(pair => Cost(pair.Engine)));
            figures.AddAtMost(
                1.5,
                $"copy : relay, CPU, {text}",
                "×",
                pairs.Select(pair => Cost(pair.Engine) / Cost(pair.Relay))
            );
            figures.Add($"copy, documents of {text}, peak memory", "MB", pairs.Select(pair => pair.PeakBytes / 1e6));
        }
    }

    private static async Task<(PhaseLine Relay, PhaseLine Engine, long PeakBytes)> RunPairAsync(NullOptions options)
    {
        var relay = await RelayAsync(options);
        await using var run = await NullRun.StartAsync(options);
        await run.GodwitAsync("migrate", "--progress", "plain");
        var engine = await run.PhaseAsync("copy");
        return (relay, engine, run.Mover.PeakBytes);
    }

    private static async Task<PhaseLine> RelayAsync(NullOptions options)
    {
        await using var run = await NullRun.StartAsync(options);
        await run.RelayAsync("relay-documents", options);
        return await run.PhaseAsync("copy");
    }

    internal static double Rate(PhaseLine phase) => phase.Bytes / 1e6 / phase.Seconds;

    internal static double Cost(PhaseLine phase) => phase.MoverSeconds / (phase.Bytes / 1e9);
}
