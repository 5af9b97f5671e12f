using System.Globalization;
using Godwit.Bench.Benchmarks;
using Godwit.Bench.Measuring;

namespace Godwit.Bench;

/// <summary><c>./bench</c>: measures by name, or everything; keeps the figures and makes the table of them.</summary>
internal static class BenchCommand
{
    private const int RunsDefault = 3;
    private static readonly IBenchmark[] All =
    [
        new CopyBenchmark(),
        new ApplyBenchmark(),
        new VerifyBenchmark(),
        new GrowthBenchmark(),
        new MemoryBenchmark(),
        new WholeJobBenchmark(isSharded: false),
        new WholeJobBenchmark(isSharded: true),
        new ScaleBenchmark(),
        new SandboxBenchmark(),
        new WebBenchmark(),
    ];

    /// <summary>All that the engine is measured by.</summary>
    private const string Engine = "engine";

    private static readonly string[] OfEngine = ["copy", "apply", "verify", "growth", "memory", "job", "job-sharded"];

    public static async Task<int> RunAsync(string[] arguments)
    {
        var names = new List<string>();
        var scale = new Scale(IsQuick: false, RunsDefault);
        var isTableOnly = false;
        for (var i = 0; i < arguments.Length; i++)
        {
            switch (arguments[i])
            {
                case "--help" or "-h":
                    Help(Console.Out);
                    return 0;
                case "--quick":
                    scale = scale with { IsQuick = true };
                    break;
                case "--runs" when i + 1 < arguments.Length && int.TryParse(arguments[i + 1], out var runs) && runs > 0:
                    scale = scale with { Runs = runs };
                    i++;
                    break;
                case "--table":
                    isTableOnly = true;
                    break;
                case Engine:
                    names.AddRange(OfEngine);
                    break;
                case var name when Array.Exists(All, one => one.Name == name):
                    names.Add(name);
                    break;
                default:
                    await Console.Error.WriteLineAsync($"bench: '{arguments[i]}' is not understood");
                    Help(Console.Error);
                    return 64;
            }
        }

        var failed = isTableOnly
            ? 0
            : await MeasureAsync(All.Where(one => names.Count == 0 || names.Contains(one.Name)), scale);
        await Console.Out.WriteLineAsync(ResultFiles.WriteTable(All.Select(one => one.Name)));
        await Console.Out.WriteLineAsync(
            $"Results: {Path.GetRelativePath(Environment.CurrentDirectory, Places.Results)}"
        );
        return failed == 0 ? 0 : 1;
    }

    /// <summary>One that fails does not keep the others from running; the results of earlier runs stay.</summary>
    private static async Task<int> MeasureAsync(IEnumerable<IBenchmark> chosen, Scale scale)
    {
        var failed = 0;
        foreach (var benchmark in chosen)
        {
            await Console.Error.WriteLineAsync($"{benchmark.Name}: {benchmark.Description}");
            var figures = new Figures();
            try
            {
                await benchmark.RunAsync(scale, figures);
                ResultFiles.Write(
                    new(
                        benchmark.Name,
                        TimeProvider.System.GetUtcNow(),
                        Machine.Commit,
                        Machine.Here,
                        scale.IsQuick,
                        figures.All
                    )
                );
            }
            catch (Exception failure)
                when (failure is InvalidOperationException or TimeoutException or IOException or FormatException)
            {
                failed++;
                await Console.Error.WriteLineAsync($"  {benchmark.Name} could not be measured: {failure.Message}");
            }
        }

        return failed;
    }

    private static void Help(TextWriter output)
    {
        output.WriteLine("./bench [NAME…] [--quick] [--runs N] [--table]");
        output.WriteLine();
        foreach (var benchmark in All)
        {
            output.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"  {benchmark.Name, -13}{benchmark.Description}")
            );
        }

        output.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"  {Engine, -13}all of {string.Join(", ", OfEngine)}")
        );
        output.WriteLine();
        output.WriteLine(
            "Without a name everything is measured, each figure as the median of three runs (--runs N for more)."
        );
        output.WriteLine(
            "--quick takes a tenth of the data, to see that it works; --table only makes the table of what was measured."
        );
        output.WriteLine(
            "./bench simulate [--measure]: many hosts and terabytes, computed from what one of each thing costs; writes docs/scale.md."
        );
        output.WriteLine(
            "GODWIT_BENCH_MONGO_TOOLS names the folder of mongodump and mongorestore, to be measured against."
        );
    }
}
