using System.Globalization;
using Godwit.Bench.Hosts;
using Godwit.Bench.Measuring;

namespace Godwit.Bench.Benchmarks;

/// <summary>
/// One to four hosts that share a copy, and one to three that share the changes of a source, each with a fifth of a core, so that the machine's
/// cores are not the limit.
/// </summary>
internal sealed class ScaleBenchmark : IBenchmark
{
    private const double Cores = 0.2;
    private const int FewRanges = 8;
    private const int HostsMax = 4;
    private const int StreamsMost = 3;

    public string Name => "scale";

    public string Description =>
        "one to four hosts that share a copy, one to three that share changes, each with a fifth of a core (root, Redis)";

    public async Task RunAsync(Scale scale, Figures figures)
    {
        await ChangesAsync(scale, figures);
        await CopyAsync(scale, figures);
    }

    /// <summary>As many streams as the most hosts, whoever reads them.</summary>
    private static async Task ChangesAsync(Scale scale, Figures figures)
    {
        var one = await RunAsync("one host by itself, one change stream", 1, 1);
        var alone = await RunAsync($"one host by itself, {StreamsMost} change streams", 1, StreamsMost);
        figures.Add("changes, one host by itself, one stream", "events/s", one);
        figures.Add($"changes, one host by itself, {StreamsMost} streams", "events/s", alone);
        for (var hosts = 2; hosts <= StreamsMost; hosts++)
        {
            var shared = await RunAsync($"hosts that share {StreamsMost} change streams: {hosts}", hosts, StreamsMost);
            figures.Add($"changes, {hosts} hosts, {StreamsMost} streams", "events/s", shared);
            figures.Add($"changes, {hosts} hosts : one host with one stream", "×", Paired(shared, one, 1));
            figures.Add($"changes, {hosts} hosts : one host with {StreamsMost} streams", "×", Paired(shared, alone, 1));
        }

        Task<List<double>> RunAsync(string text, int hosts, int streams) =>
            scale.RepeatAsync(
                text,
                async () =>
                {
                    await using var redis = hosts > 1 ? await RedisProgram.StartAsync() : null;
                    return await HostsRun.MeasureAsync(
                        HostsWork.Changes(streams),
                        hosts,
                        redis?.Address,
                        null,
                        Cores,
                        Settle(scale),
                        Window(scale)
                    );
                }
            );
    }

    private static TimeSpan Settle(Scale scale) => TimeSpan.FromSeconds(scale.IsQuick ? 5 : 10);

    private static TimeSpan Window(Scale scale) => TimeSpan.FromSeconds(scale.IsQuick ? 8 : 30);

    private static async Task CopyAsync(Scale scale, Figures figures)
    {
        var (settle, window) = (Settle(scale), Window(scale));
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
            return await HostsRun.MeasureAsync(HostsWork.Copy, count, redis?.Address, ranges, Cores, settle, window)
                / 1e6;
        }
    }

    private static string Words(int hosts) =>
        hosts == 1
            ? "one host with --cluster"
            : string.Create(CultureInfo.InvariantCulture, $"{hosts} hosts that share a copy");

    private static IEnumerable<double> Paired(List<double> one, List<double> other, int times) =>
        one.Zip(other, (value, single) => value / (times * single));
}
