using Godwit.Bench.Measuring;
using Godwit.Bench.NullServers;

namespace Godwit.Bench.Benchmarks;

/// <summary>Change events from a null source applied to a null sink, against a relay of the same events.</summary>
internal sealed class ApplyBenchmark : IBenchmark
{
    private const long Events = 1_500_000;
    private const long Documents = 200_000;

    public string Name => "apply";

    public string Description =>
        "change events from a null source applied to a null sink, against a relay of the same bytes";

    public async Task RunAsync(Scale scale, Figures figures)
    {
        foreach (var (keys, text) in new[] { (EventKeys.Uniform, "uniform keys"), (EventKeys.Hot, "100 hot keys") })
        {
            var options = new NullOptions
            {
                Documents = Documents,
                Events = scale.Of(Events),
                EventKeys = keys,
            };
            var pairs = await scale.RepeatAsync($"events, {text}", () => RunPairAsync(options));
            figures.Add($"relay of events, {text}", "events/s", pairs.Select(pair => Rate(pair.Relay)));
            figures.Add($"apply, {text}", "events/s", pairs.Select(pair => Rate(pair.Engine)));
            figures.Add($"relay of events, {text}", "CPU µs/event", pairs.Select(pair => Cost(pair.Relay)));
            figures.Add($"apply, {text}", "CPU µs/event", pairs.Select(pair => Cost(pair.Engine)));
            figures.AddAtMost(
                6,
                $"apply : relay, CPU per event, {text}",
                "×",
                pairs.Select(pair => Cost(pair.Engine) / Cost(pair.Relay))
            );
            figures.Add($"apply, {text}, peak memory", "MB", pairs.Select(pair => pair.PeakBytes / 1e6));
        }
    }

    private static async Task<(PhaseLine Relay, PhaseLine Engine, long PeakBytes)> RunPairAsync(NullOptions options)
    {
        var relay = await RelayAsync(options with { AreEventsReleased = true });
        await using var run = await NullRun.StartAsync(options);
        await run.GodwitAsync("migrate", "--progress", "plain");
        return (relay, await run.PhaseAsync("apply"), run.Mover.PeakBytes);
    }

    private static async Task<PhaseLine> RelayAsync(NullOptions options)
    {
        await using var run = await NullRun.StartAsync(options);
        await run.RelayAsync("relay-events", options);
        return await run.PhaseAsync("apply");
    }

    private static double Rate(PhaseLine phase) => phase.Count / phase.Seconds;

    private static double Cost(PhaseLine phase) => phase.MoverSeconds * 1e6 / phase.Count;
}
