using Godwit.Bench.Measuring;
using Godwit.Bench.Web;

namespace Godwit.Bench.Benchmarks;

/// <summary>The Hub's pages in Debian's Chromium: what the first visit weighs, and how a live page bears many collections.</summary>
internal sealed class WebBenchmark : IBenchmark
{
    private const int Namespaces = 10_000;
    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(15);

    public string Name => "web";

    public string Description =>
        "pages: weight and time to interactive; the live page with 10 000 namespaces and 10 updates a second";

    public async Task RunAsync(Scale scale, Figures figures)
    {
        var visits = await scale.RepeatAsync("a first visit", VisitAsync);
        figures.Add("page: transferred at the first visit", "kB", visits.Select(visit => visit.Bytes / 1e3));
        figures.Add("page: transferred at the second visit", "kB", visits.Select(visit => visit.BytesAgain / 1e3));
        figures.Add("page: until it can be used, first visit", "ms", visits.Select(visit => visit.ReadyMs));
        figures.Add("page: until it can be used, second visit", "ms", visits.Select(visit => visit.ReadyAgainMs));
        var watches = await scale.RepeatAsync("the live page", WatchAsync);
        figures.Add(
            "live page of 10 000 namespaces: frames dropped",
            "%",
            watches.Select(one => one.DroppedShare * 100)
        );
        figures.Add("live page: longest frame", "ms", watches.Select(one => one.LongestFrameMs));
        figures.Add("live page: Hub's CPU without a viewer", "%", watches.Select(one => one.IdleLoad * 100));
        figures.Add("live page: Hub's CPU for one viewer more", "%", watches.Select(one => one.ViewerLoad * 100));
    }

    private static async Task<PageVisit> VisitAsync()
    {
        await using var hub = await MeasuredHub.StartAsync();
        await using var viewer = await Viewer.OpenAsync(hub);
        var first = await viewer.VisitAsync();
        var second = await viewer.VisitAsync();
        return new(first.Bytes, second.Bytes, first.ReadyMs, second.ReadyMs);
    }

    private static async Task<LiveWatch> WatchAsync()
    {
        await using var hub = await MeasuredHub.StartAsync();
        var id = await hub.AddMigrationAsync(Namespaces);
        await using var updates = hub.Update(id, Namespaces);
        var idle = await hub.LoadDuringAsync(Watched);
        await using var viewer = await Viewer.OpenAsync(hub);
        await viewer.OpenMigrationAsync(id);
        var watched = hub.LoadDuringAsync(Watched);
        var (dropped, longest) = await viewer.FramesAsync(Watched);
        return new(dropped, longest, idle, await watched - idle);
    }

    private sealed record PageVisit(double Bytes, double BytesAgain, double ReadyMs, double ReadyAgainMs);

    private sealed record LiveWatch(double DroppedShare, double LongestFrameMs, double IdleLoad, double ViewerLoad);
}
