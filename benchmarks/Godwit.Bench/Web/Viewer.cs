using System.Text.Json;
using Microsoft.Playwright;

namespace Godwit.Bench.Web;

/// <summary>Somebody signed in, in a browser of their own.</summary>
internal sealed class Viewer : IAsyncDisposable
{
    private const string Executable = "/usr/bin/chromium";

    private const string MeasureVisit = """
        () => {
            const all = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
            return {
                bytes: all.reduce((sum, one) => sum + one.transferSize, 0),
                ready: performance.getEntriesByName("godwit-ready")[0].startTime,
            };
        }
        """;

    private const string MeasureFrames = """
        (milliseconds) => new Promise((done) => {
            const frames = [];
            let last = performance.now();
            const end = last + milliseconds;
            const step = (now) => {
                frames.push(now - last);
                last = now;
                if (now < end) requestAnimationFrame(step);
                else {
                    const dropped = frames.reduce((sum, frame) => sum + Math.max(0, Math.round(frame / 16.67) - 1), 0);
                    done({ dropped: dropped / (dropped + frames.length), longest: Math.max(...frames) });
                }
            };
            requestAnimationFrame(step);
        })
        """;

    private readonly IPlaywright playwright;
    private readonly IBrowser browser;
    private readonly IPage page;
    private readonly MeasuredHub hub;

    private Viewer(IPlaywright playwright, IBrowser browser, IPage page, MeasuredHub hub) =>
        (this.playwright, this.browser, this.page, this.hub) = (playwright, browser, page, hub);

    public static async Task<Viewer> OpenAsync(MeasuredHub hub)
    {
        if (!File.Exists(Executable))
        {
            throw new InvalidOperationException($"{Executable} is not installed");
        }

        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(
            new() { ExecutablePath = Executable, Args = ["--no-sandbox"] }
        );
        var context = await browser.NewContextAsync(new() { IgnoreHTTPSErrors = true });
        var page = await context.NewPageAsync();
        var viewer = new Viewer(playwright, browser, page, hub);
        // By the API, so that the first visit of a page is the first.
        var answer = await context.APIRequest.PostAsync(
            hub.SignInLink.ToString(),
            new() { Headers = [new("Accept", "application/json")] }
        );
        return answer.Ok ? viewer : throw new InvalidOperationException($"signing in failed: {answer.Status}");
    }

    /// <summary>Opens the list of migrations.</summary>
    public async Task<(double Bytes, double ReadyMs)> VisitAsync()
    {
        await GoAsync($"projects/{hub.ProjectId}/migrations");
        var measured = await page.EvaluateAsync<JsonElement>(MeasureVisit);
        return (measured.GetProperty("bytes").GetDouble(), measured.GetProperty("ready").GetDouble());
    }

    public Task OpenMigrationAsync(string id) => GoAsync($"projects/{hub.ProjectId}/migrations/{id}");

    /// <summary>Share of frames that were not drawn, and the longest one, over a while.</summary>
    public async Task<(double DroppedShare, double LongestMs)> FramesAsync(TimeSpan span)
    {
        var measured = await page.EvaluateAsync<JsonElement>(MeasureFrames, span.TotalMilliseconds);
        return (measured.GetProperty("dropped").GetDouble(), measured.GetProperty("longest").GetDouble());
    }

    public async ValueTask DisposeAsync()
    {
        await browser.DisposeAsync();
        playwright.Dispose();
    }

    private async Task GoAsync(string path)
    {
        await page.GotoAsync(new Uri(hub.Url, path).ToString());
        await page.WaitForSelectorAsync("html[data-ready] main h1");
    }
}
