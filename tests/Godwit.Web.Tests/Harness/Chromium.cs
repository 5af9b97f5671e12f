using Microsoft.Playwright;
using Xunit;

namespace Godwit.Web.Tests.Harness;

/// <summary>Debian's browser, started once for all tests.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private const string Executable = "/usr/bin/chromium";
    private IPlaywright? playwright;
    private IBrowser? browser;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        if (File.Exists(Executable))
        {
            playwright = await Playwright.CreateAsync();
            browser = await playwright.Chromium.LaunchAsync(
                new() { ExecutablePath = Executable, Args = ["--no-sandbox"] }
            );
        }
    }

    /// <summary>A browser of somebody who has no cookies yet.</summary>
    internal async Task<WebUser> OpenAsync(
        Uri hub,
        string name,
        int width = 1360,
        int height = 900,
        string zone = "Europe/Lisbon"
    )
    {
        Assert.SkipWhen(browser is null, $"{Executable} is not installed");
        var context = await browser!.NewContextAsync(
            new()
            {
                IgnoreHTTPSErrors = true,
                ViewportSize = new() { Width = width, Height = height },
                TimezoneId = zone,
                ReducedMotion = ReducedMotion.Reduce,
            }
        );
        return await WebUser.StartAsync(context, hub, name);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (browser is not null)
        {
            await browser.DisposeAsync();
        }

        playwright?.Dispose();
    }
}
