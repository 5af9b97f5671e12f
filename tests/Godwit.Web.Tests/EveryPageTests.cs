using System.Text.RegularExpressions;
using Godwit.Hub.Tests.Harness;
using Godwit.Hub.Web.Hosting;
using Godwit.Testing;
using Godwit.Web.Tests.Harness;
using Microsoft.AspNetCore.Components;
using Shouldly;
using Xunit;

namespace Godwit.Web.Tests;

/// <summary>What holds for every page there is, those that are added later included.</summary>
public sealed partial class EveryPageTests(Chromium chromium) : IClassFixture<Chromium>
{
    private const string Nobodys = "0123456789abcdef01234567";

    [Fact]
    [Requirement("B12")]
    public async Task Every_page_can_be_used_by_everybody_on_every_screen()
    {
        await using var stage = await TestMigration.StartAsync(pages: new HubPages());
        var id = await stage.CreateAsync();
        await using var owner = await chromium.OpenAsync(stage.Hub.Url, "the owner");
        await owner.SignInByLinkAsync(await stage.InviteAsync("ORG_OWNER"));
        foreach (var (name, path) in Pages(stage.Owner.OrganizationId, stage.Owner.ProjectId, id))
        {
            await owner.GoAsync(path);
            await owner.SettleAsync();
            await owner.LookAsync($"page-{name}");
            await owner.ShouldFitAsync($"page-{name}");
        }
    }

    [Fact]
    public async Task A_page_of_what_does_not_exist_or_is_not_for_one_says_so()
    {
        await using var stage = await TestMigration.StartAsync(pages: new HubPages());
        await using var stranger = await chromium.OpenAsync(stage.Hub.Url, "somebody from elsewhere");
        await stranger.SignInByLinkAsync(await stage.InviteAsync());
        foreach (var (name, path) in Pages(Nobodys, Nobodys, Nobodys).Where(one => one.Path.Contains(Nobodys)))
        {
            await stranger.GoAsync(path);
            await stranger.SettleAsync();
            (await stranger.Page.Locator("main [role=alert] h1").AllInnerTextsAsync()).ShouldBe(
                ["This is not here"],
                name
            );
        }
    }

    /// <summary>Every page that has an address, with ids put into it.</summary>
    private static IEnumerable<(string Name, string Path)> Pages(string organization, string project, string migration)
    {
        var pages = typeof(HubPages)
            .Assembly.GetTypes()
            .SelectMany(type =>
                type.GetCustomAttributes(typeof(RouteAttribute), false)
                    .Cast<RouteAttribute>()
                    .Select(route => (Name: type.Name.ToLowerInvariant(), route.Template))
            )
            .Where(page => !page.Template.StartsWith("/signIn", StringComparison.Ordinal))
            .OrderBy(page => page.Name, StringComparer.Ordinal)
            .ToList();
        pages.Count.ShouldBeGreaterThan(20);
        return pages.Select(page =>
            (
                page.Name,
                Parameter()
                    .Replace(
                        page.Template,
                        part =>
                            part.Value switch
                            {
                                "{OrganizationId}" => organization,
                                "{ProjectId}" => project,
                                "{Id}" => migration,
                                _ => throw new InvalidOperationException($"{page.Template} has an unknown part"),
                            }
                    )
            )
        );
    }

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Parameter();
}
