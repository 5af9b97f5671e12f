using System.Text.Json;
using System.Text.RegularExpressions;
using Godwit.Testing;
using Microsoft.Playwright;
using Shouldly;
using Xunit;

namespace Godwit.Web.Tests.Harness;

/// <summary>
/// Somebody who looks at the Hub's pages. Whatever they do, their browser's console has to stay without errors, no request may leave the
/// Hub's origin, and nothing that they look at may shut anybody out; disposing checks all of it.
/// </summary>
internal sealed partial class WebUser : IAsyncDisposable
{
    private static readonly string Screenshots = Environment.GetEnvironmentVariable("GODWIT_SCREENSHOTS")
        is { Length: > 0 } named
        ? named
        : Path.Combine(SharedData.RepositoryRoot(), "artifacts", "screenshots");

    private static readonly string Axe = Path.Combine(
        SharedData.RepositoryRoot(),
        "tests/clients/node_modules/axe-core/axe.min.js"
    );

    /// <summary>What has the focus: its name, and its source if nothing is drawn around it.</summary>
    private const string Focused = """
        () => {
            const at = document.activeElement;
            if (!at || at === document.body) return ['', ''];
            const name = at.getAttribute('aria-label') ?? at.labels?.[0]?.innerText ?? at.innerText ?? '';
            const style = getComputedStyle(at);
            // What is brought to one's attention by the page itself, such as a title, is not gone through.
            const isSeen = at.tabIndex < 0 || style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
            return [name.trim().split('\n')[0].trim(), isSeen ? '' : at.outerHTML.slice(0, 200)];
        }
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly IBrowserContext context;
    private readonly List<string> wrong = [];
    private readonly string name;

    private WebUser(IBrowserContext context, IPage page, Uri hub, string name) =>
        (this.context, Page, Hub, this.name) = (context, page, hub, name);

    public IPage Page { get; }

    public Uri Hub { get; }

    /// <summary>Whether the Hub is away on purpose: then its connections may fail.</summary>
    public bool ExpectsOutage { get; set; }

    public static async Task<WebUser> StartAsync(IBrowserContext context, Uri hub, string name)
    {
        Directory.CreateDirectory(Screenshots);
        var page = await context.NewPageAsync();
        page.SetDefaultTimeout(120_000);
        var user = new WebUser(context, page, hub, name);
        context.Console += (_, message) =>
        {
            if (message.Type == "error" && !user.ExpectsOutage && !IsThrownByDashboard(message))
            {
                user.wrong.Add($"console: {message.Text}");
            }
        };
        page.PageError += (_, error) => user.wrong.Add($"script: {error}");
        context.Request += (_, request) =>
        {
            var url = new Uri(request.Url);
            if (url.Scheme is not ("data" or "blob") && url.Authority != hub.Authority)
            {
                user.wrong.Add($"request to {request.Url}");
            }
        };
        return user;
    }

    /// <summary>Orleans' dashboard shows a view before all its data have come, and says so in the console. What it cannot load still counts.</summary>
    private static bool IsThrownByDashboard(IConsoleMessage message) =>
        message.Location.Contains("/dashboard/index.min.js", StringComparison.Ordinal)
        && message.Text.Contains("TypeError", StringComparison.Ordinal);

    /// <summary>Opens a page by its address and waits until it can be used.</summary>
    public async Task GoAsync(string path)
    {
        await Page.GotoAsync(new Uri(Hub, path).ToString());
        await UntilReadyAsync();
    }

    public Task UntilReadyAsync() => Page.WaitForSelectorAsync("html[data-ready] main h1");

    /// <summary>
    /// Presses a button, or follows a link, by the name that screen readers say. Of several, one that can be pressed: another that cannot
    /// may stand there alone until this one comes, and would be waited for in vain.
    /// </summary>
    public Task ClickAsync(string label, bool isExact = false) =>
        Page.GetByRole(
                AriaRole.Button,
                new()
                {
                    Name = label,
                    Exact = isExact,
                    Disabled = false,
                }
            )
            .Or(Page.GetByRole(AriaRole.Link, new() { Name = label, Exact = isExact }))
            .First.ClickAsync();

    /// <summary>
    /// Goes by the Tab key to what screen readers call so, round the page until it is there and can be used. Wherever one comes by, it has
    /// to be seen where one is.
    /// </summary>
    public async Task TabToAsync(string label)
    {
        var began = TimeProvider.System.GetTimestamp();
        string at;
        do
        {
            (TimeProvider.System.GetElapsedTime(began) < Patience).ShouldBeTrue($"{label} is not reached by Tab");
            await Page.Keyboard.PressAsync("Tab");
            var focused = await Page.EvaluateAsync<string[]>(Focused);
            at = focused[0];
            if (focused[1].Length > 0)
            {
                wrong.Add($"nobody sees that one is at {focused[1]}");
            }
        } while (at != label);
    }

    /// <summary>The same, and presses it.</summary>
    public async Task TabAndEnterAsync(string label)
    {
        await TabToAsync(label);
        await Page.Keyboard.PressAsync("Enter");
    }

    /// <summary>Chooses in the menu at the side.</summary>
    public async Task MenuAsync(string label)
    {
        await Page.GetByRole(AriaRole.Navigation, new() { Name = "Main" })
            .GetByRole(AriaRole.Link, new() { Name = label, Exact = true })
            .ClickAsync();
        await Page.Locator("main h1").First.WaitForAsync();
    }

    public Task SeeAsync(string text) => Page.GetByText(text).First.WaitForAsync();

    /// <summary>Waits until a button cannot be pressed: what is typed or chosen has its effect a round trip later.</summary>
    public Task SeeDisabledAsync(string label) =>
        Page.GetByRole(AriaRole.Button, new() { Name = label, Disabled = true }).First.WaitForAsync();

    /// <summary>Keeps a picture of the page, and notes what axe finds wrong in it, in either theme.</summary>
    public async Task LookAsync(string picture)
    {
        await SetThemeAsync("dark");
        await CheckAsync($"{picture}, dark");
        await ShootAsync($"{picture}-dark");
        await SetThemeAsync("light");
        await CheckAsync($"{picture}, light");
        await ShootAsync(picture);
    }

    /// <summary>Keeps a picture of a page that was opened beside the Hub's own, and is not the Hub's to make better.</summary>
    public static Task KeepAsync(IPage other, string picture) =>
        other.ScreenshotAsync(new() { Path = Path.Combine(Screenshots, $"{picture}.png"), FullPage = true });

    /// <summary>Fails if the page is wider than the screen, on a telephone or a wall.</summary>
    public async Task ShouldFitAsync(string picture)
    {
        foreach (var (width, height) in new[] { (360, 780), (3840, 2160) })
        {
            await Page.SetViewportSizeAsync(width, height);
            var excess = await Page.EvaluateAsync<int>("document.documentElement.scrollWidth - window.innerWidth");
            await ShootAsync($"{picture}-{width}");
            excess.ShouldBeLessThanOrEqualTo(0, $"{picture} at {width} px");
        }

        await Page.SetViewportSizeAsync(1360, 900);
    }

    /// <summary>Prints the page; what is there to navigate by is not on paper.</summary>
    public async Task PrintAsync(string picture)
    {
        await Page.EmulateMediaAsync(new() { Media = Media.Print });
        await ShootAsync(picture);
        foreach (var left in new[] { "nav", "header.bar" })
        {
            (await Page.Locator(left).First.IsVisibleAsync()).ShouldBeFalse(left);
        }

        await Page.EmulateMediaAsync(new() { Media = Media.Screen });
    }

    public async ValueTask DisposeAsync()
    {
        await context.DisposeAsync();
        wrong.ShouldBeEmpty($"what {name} did");
    }

    /// <summary>As the system would say it, and, on a page of the Hub's, as a person has chosen.</summary>
    private async Task SetThemeAsync(string theme)
    {
        var scheme = theme == "dark" ? ColorScheme.Dark : ColorScheme.Light;
        await Page.EmulateMediaAsync(new() { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
        await Page.EvaluateAsync($"window.godwit?.setTheme('{theme}')");
    }

    /// <summary>The whole page, on a screen as high as it is: what stays where it is while one scrolls is then where it belongs.</summary>
    private async Task ShootAsync(string picture)
    {
        var screen = Page.ViewportSize!;
        var height = await Page.EvaluateAsync<int>("document.documentElement.scrollHeight");
        await Page.SetViewportSizeAsync(screen.Width, Math.Max(height, screen.Height));
        await Page.ScreenshotAsync(new() { Path = Path.Combine(Screenshots, $"{picture}.png"), FullPage = true });
        await Page.SetViewportSizeAsync(screen.Width, screen.Height);
    }

    private async Task CheckAsync(string picture)
    {
        Assert.SkipUnless(File.Exists(Axe), "axe-core is not installed in tests/clients");
        await Page.EvaluateAsync(await File.ReadAllTextAsync(Axe, TestContext.Current.CancellationToken));
        var found = await Page.EvaluateAsync<JsonElement>(
            "async () => (await axe.run(document, { resultTypes: ['violations'] })).violations"
                + ".flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.html.slice(0, 200)} ${node.failureSummary}`))"
        );
        wrong.AddRange(found.EnumerateArray().Select(one => $"{picture}: {Spaces().Replace(one.GetString()!, " ")}"));
        // Whoever has asked for less motion sees none.
        var moving = await Page.EvaluateAsync<string[]>(
            "document.getAnimations().filter(one => one.playState === 'running').map(one => one.effect?.target?.outerHTML?.slice(0, 200) ?? '')"
        );
        wrong.AddRange(moving.Select(one => $"{picture}: moves: {one}"));
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
