using Godwit.Testing;
using Microsoft.Playwright;
using Xunit;

namespace Godwit.Web.Tests.Harness;

/// <summary>What people do in more than one story.</summary>
internal static class Acts
{
    /// <summary>By a link that works once.</summary>
    internal static async Task SignInByLinkAsync(this WebUser user, string link)
    {
        await user.Page.GotoAsync(link);
        await user.ClickAsync("Sign in");
        await user.UntilReadyAsync();
    }

    /// <summary>Waits until a page has what it loads.</summary>
    internal static async Task SettleAsync(this WebUser user)
    {
        await user.Page.Locator("main .loading").First.WaitForAsync(new() { State = WaitForSelectorState.Detached });
        await user.Page.Locator("main h1").First.WaitForAsync();
    }

    /// <summary>Makes a link-token on the links page.</summary>
    internal static async Task<string> MakeTokenAsync(this WebUser user)
    {
        await user.ClickAsync("Generate link-token");
        await user.ClickAsync("Next");
        await user.SeeAsync("It is shown this once.");
        return (await user.Page.Locator("#link-token").InnerTextAsync()).Trim();
    }

    internal static async Task RegisterClusterAsync(this WebUser user, string name, string address)
    {
        await user.MenuAsync("Clusters");
        await user.ClickAsync("Register a cluster");
        await user.Page.FillAsync("#cluster-name", name);
        await user.Page.FillAsync("#cluster-address", address);
        await user.ClickAsync("Register", isExact: true);
        await user.SeeAsync($"{name} is registered.");
    }

    /// <summary>Through the wizard, from the destination's card to the validation step.</summary>
    internal static async Task FillWizardAsync(this WebUser user)
    {
        await user.MenuAsync("Clusters");
        await user.ClickAsync("Migrate data to this cluster");
        await user.SeeAsync("Linked.");
        await user.ClickAsync("Next");
        await user.Page.SelectOptionAsync("#source-cluster", "shop");
        await user.ClickAsync("Next");
        await user.Page.Locator("#destination").WaitForAsync();
        await user.ClickAsync("Next");
    }

    internal static async Task ValidateAsync(this WebUser user)
    {
        await user.ClickAsync("Validate");
        await user.SeeAsync("All checks passed.");
        if (await user.Page.Locator("#read").IsVisibleAsync())
        {
            await user.Page.CheckAsync("#read");
        }
    }

    /// <summary>Waits for a check that has failed, and for what its remedy says.</summary>
    internal static Task SeeFailureAsync(this WebUser user, string check, string remedy) =>
        user
            .Page.Locator($"[data-check={check}]:has(title:text-is('Failed')) .remedy", new() { HasText = remedy })
            .WaitForAsync();

    internal static async Task StartMigrationAsync(this WebUser user)
    {
        await user.ClickAsync("Next");
        await user.SeeAsync("What happens now");
        await user.ClickAsync("Start the migration");
        await user.SeeAsync("What happened");
    }

    /// <summary>Waits until the page says that both sides are in sync.</summary>
    internal static Task UntilInSyncAsync(this WebUser user) =>
        user.Page.GetByText("Your source and destination are in sync").WaitForAsync(new() { Timeout = 300_000 });

    /// <summary>Answers "yes" to the question that is asked.</summary>
    internal static Task ConfirmAsync(this WebUser user, string answer) =>
        user.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = answer }).ClickAsync();

    /// <summary>Closes the dialog by its key, which it hears a round trip after it is seen.</summary>
    internal static Task EscapeAsync(this WebUser user) =>
        Condition.UntilAsync(
            async () =>
            {
                await user.Page.Keyboard.PressAsync("Escape");
                return await user.Page.GetByRole(AriaRole.Dialog).CountAsync() == 0;
            },
            () => "Escape does not close the dialog",
            TimeSpan.FromMinutes(2),
            TestContext.Current.CancellationToken
        );
}
