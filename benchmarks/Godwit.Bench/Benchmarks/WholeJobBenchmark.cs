using System.Diagnostics;
using System.Text.Json;
using Godwit.Bench.Measuring;
using Godwit.Bench.Sandboxes;

namespace Godwit.Bench.Benchmarks;

/// <summary>A whole migration between two Sandboxes while applications write: what a person would see of it.</summary>
internal sealed class WholeJobBenchmark(bool isSharded) : IBenchmark
{
    private const string Collection = "orders";
    private const int Documents = 200_000;
    private const double BytesOfDocument = 1_000;
    private const int Markers = 60;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    public string Name => isSharded ? "job-sharded" : "job";

    public string Description =>
        $"a whole migration between two {(isSharded ? "sharded " : "")}Sandboxes under a writing load: copy, lag, downtime, memory";

    private string Job => isSharded ? "whole job, sharded" : "whole job";

    public async Task RunAsync(Scale scale, Figures figures)
    {
        var documents = (int)scale.Of(Documents);
        var runs = await scale.RepeatAsync($"{documents} documents of 1 KB", () => MigrateAsync(documents));
        figures.Add($"{Job}: copy under 400 writes/s", "MB/s", runs.Select(run => Rate(documents, run.CopySeconds)));
        figures.Add($"{Job}: lag, median", "ms", runs.Select(run => run.Lags.Order().ElementAt(run.Lags.Count / 2)));
        figures.Add($"{Job}: lag, largest", "ms", runs.Select(run => run.Lags.Max()));
        figures.Add($"{Job}: downtime at cutover", "ms", runs.Select(run => run.DowntimeMs));
        figures.Add($"{Job}: peak memory of godwit", "MB", runs.Select(run => run.PeakBytes / 1e6));
        if (!isSharded && Environment.GetEnvironmentVariable("GODWIT_BENCH_MONGO_TOOLS") is { Length: > 0 } tools)
        {
            var pairs = await scale.RepeatAsync(
                "against mongodump | mongorestore",
                () => CompareAsync(tools, documents)
            );
            figures.Add(
                "mongodump | mongorestore, nobody writing",
                "MB/s",
                pairs.Select(pair => Rate(documents, pair.Tools))
            );
            figures.Add("godwit's copy, nobody writing", "MB/s", pairs.Select(pair => Rate(documents, pair.Godwit)));
            figures.Add(
                "godwit : mongodump | mongorestore, throughput",
                "×",
                pairs.Select(pair => pair.Tools / pair.Godwit)
            );
        }
    }

    private static double Rate(int documents, double seconds) => documents * BytesOfDocument / 1e6 / seconds;

    private async Task<JobRun> MigrateAsync(int documents)
    {
        await using var source = await SandboxRun.StartAsync(isSharded);
        await using var destination = await SandboxRun.StartAsync(isSharded);
        if (isSharded)
        {
            await source.ShardAsync(Collection);
        }

        await source.LoadAsync(Collection, documents);
        await LagProbe.PrepareAsync(source);
        var report = Path.GetTempFileName();
        try
        {
            await using var godwit = Start(source, destination, "--report", report);
            double copySeconds;
            List<double> lags;
            await using (new WritingLoad(source, Collection, documents))
            {
                copySeconds = await CopyAsync(godwit);
                await godwit.LineAsync(
                    line => line.Contains("\"canCutOver\":true", StringComparison.Ordinal),
                    Patience
                );
                lags = await LagProbe.MeasureAsync(source, destination, Markers);
            }

            await using var cutover = MeasuredProgram.Start(
                Places.Godwit,
                "cutover",
                "--destination",
                destination.ConnectionString
            );
            await cutover.ExitAsync(Patience);
            await godwit.ExitAsync(Patience);
            using var said = JsonDocument.Parse(await File.ReadAllTextAsync(report));
            return new(copySeconds, lags, said.RootElement.GetProperty("downtime").GetDouble(), godwit.PeakBytes);
        }
        finally
        {
            File.Delete(report);
            File.Delete(Path.ChangeExtension(report, ".html"));
        }
    }

    /// <summary>Seconds of the copying phase.</summary>
    private static async Task<double> CopyAsync(MeasuredProgram godwit)
    {
        await godwit.LineAsync(line => line.Contains("\"phase\":\"copying\"", StringComparison.Ordinal), Patience);
        var began = Stopwatch.GetTimestamp();
        await godwit.LineAsync(
            line =>
                line.Contains("\"phase\":\"applying\"", StringComparison.Ordinal)
                || line.Contains("\"phase\":\"inSync\"", StringComparison.Ordinal),
            Patience
        );
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static async Task<(double Tools, double Godwit)> CompareAsync(string tools, int documents)
    {
        await using var source = await SandboxRun.StartAsync();
        await source.LoadAsync(Collection, documents);
        return (await PipeAsync(tools, source), await CopyAloneAsync(source));
    }

    private static async Task<double> PipeAsync(string tools, SandboxRun source)
    {
        await using var destination = await SandboxRun.StartAsync();
        var began = Stopwatch.GetTimestamp();
        await using var pipe = MeasuredProgram.Start(
            "bash",
            "-c",
            "set -o pipefail; \"$0/mongodump\" --quiet --archive --uri=\"$1\" | \"$0/mongorestore\" --quiet --archive --uri=\"$2\"",
            tools,
            source.ConnectionString,
            destination.ConnectionString
        );
        await pipe.ExitAsync(Patience);
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static async Task<double> CopyAloneAsync(SandboxRun source)
    {
        await using var destination = await SandboxRun.StartAsync();
        await using var godwit = Start(source, destination);
        return await CopyAsync(godwit);
    }

    private static MeasuredProgram Start(SandboxRun source, SandboxRun destination, params string[] more) =>
        MeasuredProgram.Start(
            Places.Godwit,
            [
                "migrate",
                "--source",
                source.ConnectionString,
                "--destination",
                destination.ConnectionString,
                "--progress",
                "json",
                .. more,
            ]
        );

    private sealed record JobRun(double CopySeconds, List<double> Lags, double DowntimeMs, long PeakBytes);
}
