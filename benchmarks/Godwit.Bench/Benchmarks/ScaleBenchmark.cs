using System.Globalization;
using Godwit.Bench.Hosts;
using Godwit.Bench.Measuring;

namespace Godwit.Bench.Benchmarks;

/// <summary>One to four hosts that share a copy, each with a fifth of a core, so that the machine's cores are not the limit.</summary>
internal sealed class ScaleBenchmark : IBenchmark
{
    private const double Cores = 0.2;
    private const int FewRanges = 8;
    private const int HostsMax = 4;

    public string Name => "scale";

    public string Description => "one to four hosts that share a copy, each with a fifth of a core (root, Redis)";

    public async Task RunAsync(Scale scale, Figures figures)
    {
        var settle = TimeSpan.FromSeconds(scale.IsQuick ? 5 : 10);
        var window = TimeSpan.FromSeconds(scale.IsQuick ? 8 : 30);
        var alone = await scale.RepeatAsync("one host by itself", () => RunAsync(1, false, null));
        var shared = new List<List<double>>();
        for (var hosts = 1; hosts <= HostsMax; hosts++)
        {
            var count = hosts;
            shared.Add(
                await scale.RepeatAsync(
                    string.Create(CultureInfo.InvariantCulture, $"hosts that share it: {count}"),
                    () => RunAsync(count, true, null)
                )
            );
        }

        var narrow = await scale.RepeatAsync("two hosts with eight ranges each", () => RunAsync(2, true, FewRanges));
        figures.Add("one host by itself, a fifth of a core", "MB/s", alone);
        for (var hosts = 1; hosts <= HostsMax; hosts++)
        {
            figures.Add(Words(hosts), "MB/s", shared[hosts - 1]);
        }

        figures.AddAtLeast(0.95, "one host with --cluster : by itself", "×", Paired(shared[0], alone, 1));
        for (var hosts = 2; hosts <= HostsMax; hosts++)
        {
            figures.AddAtLeast(
                0.85,
                $"{Words(hosts)} : as many times one",
                "×",
                Paired(shared[hosts - 1], shared[0], hosts)
            );
        }

        figures.Add("two hosts : with eight ranges each", "×", Paired(shared[1], narrow, 1));

        // Each has a Redis of its own: hosts that a run before has ended by force would still stand in it.
        async Task<double> RunAsync(int count, bool isShared, int? ranges)
        {
            await using var redis = isShared ? await RedisProgram.StartAsync() : null;
            return await HostsRun.MeasureAsync(count, redis?.Address, ranges, Cores, settle, window);
        }
    }

    private static string Words(int hosts) =>
        hosts == 1
            ? "one host with --cluster"
            : string.Create(CultureInfo.InvariantCulture, $"{hosts} hosts that share a copy");

    private static IEnumerable<double> Paired(List<double> one, List<double> other, int times) =>
        one.Zip(other, (value, single) => value / (times * single));
}
