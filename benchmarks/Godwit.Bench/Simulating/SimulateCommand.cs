using System.Globalization;
using System.Text;
using System.Text.Json;
using Godwit.Bench.Measuring;
using Godwit.Simulation;

namespace Godwit.Bench.Simulating;

/// <summary>
/// <c>./bench simulate</c>: simulates migrations that fit nowhere here, and writes the tables of <c>docs/scale.md</c>. With <c>--measure</c> it
/// first measures anew what one of each thing costs.
/// </summary>
internal static class SimulateCommand
{
    private const string Start = "<!-- simulated -->";
    private const string End = "<!-- end of simulated -->";
    private const double Terabyte = 1e12;
    private static readonly double[] Sizes = [10, 100, 1_000];
    private static readonly int[] Hosts = [1, 4, 16, 64];
    private static readonly int[] CarryingHosts = [1, 2, 3, 4, 8, 16, 64];
    private static readonly int[] Shards = [1, 10, 50, 200];
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private static string CostsPath => Path.Combine(Places.Results, "unit-costs.json");

    private static string DocumentPath => Path.Combine(Places.Root, "docs/scale.md");

    internal static async Task<int> RunAsync(string[] arguments)
    {
        if (arguments is not ([] or ["--measure"]))
        {
            await Console.Error.WriteLineAsync("bench: simulate takes --measure, or nothing");
            return 64;
        }

        if (arguments.Length > 0 || !File.Exists(CostsPath))
        {
            var measured = await UnitCostMeasurement.MeasureAsync();
            await File.WriteAllTextAsync(CostsPath, JsonSerializer.Serialize(measured, Json) + "\n");
        }

        var costs = JsonSerializer.Deserialize<UnitCosts>(await File.ReadAllTextAsync(CostsPath), Json)!;
        var all = Sizes
            .SelectMany(size => Shards.SelectMany(shards => Hosts.Select(hosts => (size, shards, hosts))))
            .AsParallel()
            .AsOrdered()
            .Select(one => Simulated.Of(new(one.size * Terabyte, one.hosts, one.shards, costs)))
            .ToList();
        var tables = Tables(costs, all);
        var text = await File.ReadAllTextAsync(DocumentPath);
        var (from, to) = (text.IndexOf(Start, StringComparison.Ordinal), text.IndexOf(End, StringComparison.Ordinal));
        if (from < 0 || to < from)
        {
            throw new FormatException($"docs/scale.md has no place for the tables: {Start} … {End}");
        }

        await File.WriteAllTextAsync(DocumentPath, $"{text[..(from + Start.Length)]}\n{tables}{text[to..]}");
        await Console.Out.WriteLineAsync(tables);
        return 0;
    }

    private static string Tables(UnitCosts costs, IReadOnlyList<Simulated> all)
    {
        var text = new StringBuilder();
        Write(text, $"Seed {all[0].Scenario.Seed}. Unit costs: {costs.Measured}.");
        Write(text, $"");
        Write(text, $"| one | costs |");
        Write(text, $"| --- | ---: |");
        Write(text, $"| gigabyte copied | {costs.CopyPerGigabyte:0.00} CPU s |");
        Write(text, $"| gigabyte compared, at most | {costs.VerifyPerGigabyte:0.00} CPU s |");
        Write(
            text,
            $"| change applied | {costs.ApplyChange * 1e6:0.0} CPU µs; {costs.ChangesMost:0} a second at most |"
        );
        Write(text, $"| change routed, under the gate | {costs.RouteChange * 1e6:0.00} µs |");
        Write(
            text,
            $"| change that another host carries, at the leader without the calls; at that host beside applying it | {costs.StubChange * 1e6:0.0} CPU µs; {costs.KeepChange * 1e6:0.0} CPU µs |"
        );
        Write(text, $"| range opened and finished | {costs.OpenRange * 1e6:0.0} µs |");
        Write(text, $"| order to a host, without the call | {costs.Order * 1e6:0} CPU µs |");
        Write(text, $"| note of a host, without the call | {costs.Note * 1e6:0} CPU µs |");
        Write(text, $"| range in a checkpoint | {costs.SaveRange * 1e6:0.0} CPU µs, {costs.SavedRangeBytes:0} B |");
        Write(text, $"| range in the leader's memory | {costs.RangeMemory:0} B |");
        foreach (var size in Sizes)
        {
            Write(text, $"");
            WriteSize(text, size, [.. all.Where(one => one.Scenario.Bytes == size * Terabyte)]);
        }

        Write(text, $"");
        WriteChanges(text, costs);
        Write(text, $"");
        Write(text, $"What grew with the collection, before and now:");
        Write(text, $"");
        Write(
            text,
            $"| size | ranges | sampled keys | until the first document | memory for ranges | 64 hosts, 50 shards: copy |"
        );
        Write(text, $"| --- | ---: | ---: | ---: | ---: | ---: |");
        foreach (var size in Sizes)
        {
            WriteDesign(text, size, "before", Design.Before, costs);
            WriteDesign(text, size, "now", Design.Now, costs);
        }

        return text.ToString();
    }

    private static void WriteSize(StringBuilder text, double size, IReadOnlyList<Simulated> all)
    {
        Write(
            text,
            $"**{size:0} TB**: {all[0].Scenario.Ranges:0} ranges, bounds found in {Time(all[0].Scenario.PlanningSeconds)}, {all[0].LeaderMemory / 1e6:0} MB of the leader's memory."
        );
        Write(text, $"");
        Write(
            text,
            $"| shards | hosts | copy | GB/s | held up by | verified by the leader | by all | coordination, cores | changes, cores | gate | checkpoint writes/s | snapshots gone | hosts died, TB again | breaks first |"
        );
        Write(
            text,
            $"| ---: | ---: | ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |"
        );
        foreach (var one in all)
        {
            var (what, share) = one.BreaksFirst;
            Write(
                text,
                $"| {one.Scenario.Shards} | {one.Scenario.Hosts} | {Time(one.Copy.Seconds)} | {one.Copy.Bytes / one.Copy.Seconds / 1e9:0.00} | {one.Bottleneck} | {Time(one.VerifyAlone.Seconds)} | {Time(one.VerifyShared.Seconds)} | {one.CoordinationCores:0.00} | {one.ApplyCores:0.00} | {one.GateShare:0.0%} | {one.CheckpointWrites:0.0} | {one.Copy.Expired} | {one.Copy.Deaths}, {one.Copy.Repeated / Terabyte:0.00} | {what} ({share:0%}) |"
            );
        }
    }

    private static void WriteChanges(StringBuilder text, UnitCosts costs)
    {
        Write(text, $"Changes a second that hosts apply at most, each of them with a stream:");
        Write(text, $"");
        Write(text, $"| hosts | changes/s | times one | the leader's own | the leader, CPU µs each |");
        Write(text, $"| ---: | ---: | ---: | ---: | ---: |");
        foreach (var hosts in CarryingHosts)
        {
            var shared = new SharedChanges(new(Sizes[0] * Terabyte, hosts, 1, costs));
            Write(
                text,
                $"| {hosts} | {shared.Most:0} | {shared.Most / costs.ChangesMost:0.00} | {shared.OwnShare:0%} | {shared.LeaderCost * 1e6:0.0} |"
            );
        }
    }

    private static void WriteDesign(StringBuilder text, double size, string when, Design design, UnitCosts costs)
    {
        var scenario = new Scenario(size * Terabyte, 64, 50, costs) { Design = design };
        var keys = (double)scenario.Ranges * design.Samples(scenario.Ranges);
        Write(
            text,
            $"| {size:0} TB, {when} | {scenario.Ranges:0} | {keys:0} | {Time(scenario.PlanningSeconds)} | {scenario.Ranges * costs.RangeMemory / 1e6:0} MB | {Time(Simulated.Of(scenario).Copy.Seconds)} |"
        );
    }

    private static void Write(StringBuilder text, FormattableString line) =>
        text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');

    private static string Time(double seconds) =>
        seconds switch
        {
            < 120 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0} s"),
            < 7_200 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0} min"),
            < 172_800 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3_600:0.0} h"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{seconds / 86_400:0.0} d"),
        };
}
