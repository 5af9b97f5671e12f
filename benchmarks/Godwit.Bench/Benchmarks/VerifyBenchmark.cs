using Godwit.Bench.Measuring;
using Godwit.Bench.NullServers;

namespace Godwit.Bench.Benchmarks;

/// <summary>Both sides read and hashed, against reading alone; by <c>godwit verify</c>, and within a migration.</summary>
internal sealed class VerifyBenchmark : IBenchmark
{
    private const long BytesOfASide = 1_500_000_000;

    public string Name => "verify";

    public string Description => "both sides read and hashed, against reading both and nothing else";

    public async Task RunAsync(Scale scale, Figures figures)
    {
        foreach (var (size, text) in new[] { (350, "350 B"), (4096, "4 KB") })
        {
            var options = new NullOptions { Documents = scale.Of(BytesOfASide) / size, DocumentBytes = size };
            var runs = await scale.RepeatAsync($"documents of {text}", () => RunAsync(options));
            figures.Add(
                $"reading both sides, documents of {text}",
                "MB/s",
                runs.Select(run => CopyBenchmark.Rate(run.Reading))
            );
            Add(figures, "verification in a migration", text, [.. runs.Select(run => (run.Reading, run.InMigration))]);
            Add(figures, "godwit verify", text, [.. runs.Select(run => (run.Reading, run.Alone))]);
        }
    }

    private static void Add(
        Figures figures,
        string what,
        string size,
        IReadOnlyList<(PhaseLine Reading, PhaseLine Verifying)> runs
    )
    {
        figures.Add($"{what}, documents of {size}", "MB/s", runs.Select(run => CopyBenchmark.Rate(run.Verifying)));
        figures.Add(
            $"{what} : reading, throughput, {size}",
            "×",
            runs.Select(run => CopyBenchmark.Rate(run.Verifying) / CopyBenchmark.Rate(run.Reading))
        );
        figures.Add(
            $"{what} : reading, CPU, {size}",
            "×",
            runs.Select(run => CopyBenchmark.Cost(run.Verifying) / CopyBenchmark.Cost(run.Reading))
        );
    }

    private static async Task<(PhaseLine Reading, PhaseLine InMigration, PhaseLine Alone)> RunAsync(NullOptions options)
    {
        var filled = options with { IsFilled = true };
        return (
            await MeasureAsync(filled, run => run.RelayAsync("read", options)),
            await MeasureAsync(options, run => run.GodwitAsync("migrate", "--progress", "plain")),
            await MeasureAsync(filled, run => run.GodwitAsync("verify"))
        );
    }

    private static async Task<PhaseLine> MeasureAsync(NullOptions options, Func<NullRun, Task> start)
    {
        await using var run = await NullRun.StartAsync(options);
        await start(run);
        return await run.PhaseAsync("verify");
    }
}
