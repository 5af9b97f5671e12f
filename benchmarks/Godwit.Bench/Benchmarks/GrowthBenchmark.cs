using System.Diagnostics;
using System.Globalization;
using Godwit.Bench.Measuring;
using Godwit.Bench.NullServers;

namespace Godwit.Bench.Benchmarks;

/// <summary>The same whole migration (copy, verify, cut over) as it grows: what a document costs, and how much memory there has to be.</summary>
internal sealed class GrowthBenchmark : IBenchmark
{
    /// <summary>The bound on memory that the project states, whatever the number of documents.</summary>
    private const double PeakMegabytesMax = 1_000;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    public string Name => "growth";

    public string Description =>
        "whole migrations between null servers: 10⁴ to 3·10⁶ documents, 10 000 collections, 10⁵ and 10⁶ dirty keys";

    public async Task RunAsync(Scale scale, Figures figures)
    {
        foreach (var documents in new[] { 10_000L, 100_000, 1_000_000, 3_000_000 })
        {
            var name = documents.ToString("N0", CultureInfo.InvariantCulture).Replace(',', ' ');
            await MeasureAsync(
                $"{name} documents",
                "document",
                scale,
                figures,
                new() { Documents = documents },
                documents
            );
        }

        var collections = (int)scale.Of(10_000);
        await MeasureAsync(
            $"{collections} collections",
            "collection",
            scale,
            figures,
            new() { Collections = collections, Documents = 10 },
            collections
        );
        foreach (var keys in new[] { scale.Of(100_000), scale.Of(1_000_000) })
        {
            await MeasureAsync(
                $"{keys} keys dirty at once",
                "key",
                scale,
                figures,
                new()
                {
                    Documents = keys,
                    Events = keys,
                    EventKeys = EventKeys.Dirty,
                },
                keys
            );
        }
    }

    /// <summary>One migration after the other of the same size: what one thing in it costs, and how much memory there was.</summary>
    internal static async Task MeasureAsync(
        string what,
        string one,
        Scale scale,
        Figures figures,
        NullOptions options,
        long count
    )
    {
        var runs = await scale.RepeatAsync(what, () => RunAsync(options));
        figures.Add(what, "s", runs.Select(run => run.Seconds));
        figures.Add(what, $"CPU µs/{one}", runs.Select(run => run.ProcessorSeconds * 1e6 / count));
        figures.AddAtMost(PeakMegabytesMax, $"{what}, peak memory", "MB", runs.Select(run => run.PeakBytes / 1e6));
    }

    private static async Task<(double Seconds, double ProcessorSeconds, long PeakBytes)> RunAsync(NullOptions options)
    {
        await using var run = await NullRun.StartAsync(options);
        await run.GodwitAsync("migrate", "--progress", "plain", "--cutover", "auto");
        await run.Mover.ExitAsync(Patience);
        return (
            Stopwatch.GetElapsedTime(run.Mover.StartedAt).TotalSeconds,
            run.Mover.ProcessorTime.TotalSeconds,
            run.Mover.PeakBytes
        );
    }
}
