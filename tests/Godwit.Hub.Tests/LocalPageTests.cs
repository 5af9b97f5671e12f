using System.Net;
using System.Net.Http.Json;
using Godwit.Agent.Identity;
using Godwit.Agent.Local;
using Godwit.Hub.Tests.Harness;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Hub.Tests;

/// <summary>The migration host's own page on loopback.</summary>
[Requirement("A04")]
public sealed class LocalPageTests : IAsyncLifetime
{
    private readonly TestHost host = new();
    private TestHub hub = null!;
    private LocalPage page = null!;

    private static CancellationToken Cancellation => TestHub.Cancellation;

    public async ValueTask InitializeAsync()
    {
        hub = await TestHub.StartAsync();
        page = await LocalPage.StartAsync(host.Folder, "host1", 0, Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await page.DisposeAsync();
        await host.DisposeAsync();
        await hub.DisposeAsync();
    }

    [Fact]
    public async Task Connect_links_the_host_by_a_pasted_token_and_says_what_is_wrong_with_another()
    {
        var owner = await hub.OwnerKeyAsync();
        var made = await owner.Client.PostAsJsonAsync(
            $"/api/atlas/v2/orgs/{owner.OrganizationId}/liveMigrations/linkTokens",
            new { },
            Cancellation
        );
        var token = (string)(await TestHub.ReadAsync(made))["linkToken"]!;
        using var browser = new HttpClient { BaseAddress = new(page.Link, "/") };
        (await browser.GetStringAsync(page.Link, Cancellation)).ShouldContain("NOT_SYNCED");
        (await PostAsync(browser, "connect", token[..^3])).ShouldContain("LINK_TOKEN_MALFORMED");
        (await PostAsync(browser, "connect", token)).ShouldContain("Linked to Main");
        host.Folder.Has(HubLink.File).ShouldBeTrue();
        (await PostAsync(browser, "refresh", "")).ShouldContain("looked at anew");
        new Approvals(host.Folder).Allows(owner.OrganizationId).ShouldBeFalse();
        (await PostAsync(browser, "approve", "")).ShouldContain("approved");
        new Approvals(host.Folder).Allows(owner.OrganizationId).ShouldBeTrue();
    }

    [Fact]
    [Requirement("A06")]
    public async Task Limits_of_the_host_are_shown_once_somebody_has_said_some()
    {
        using var browser = new HttpClient { BaseAddress = new(page.Link, "/") };
        (await browser.GetStringAsync(page.Link, Cancellation)).ShouldNotContain("Limits of this host");
        new HostLimits(2, Destinations: ["<b>.example.com"], Hours: ["22:00-06:00"]).Keep(host.Folder);
        var shown = await browser.GetStringAsync("", Cancellation);
        shown.ShouldContain("22:00-06:00");
        shown.ShouldContain("&lt;b&gt;.example.com");
    }

    [Fact]
    public async Task The_address_lets_one_browser_in_once_and_no_other_name_or_page()
    {
        var link = page.Link;
        using var stranger = new HttpClient();
        (await stranger.GetAsync(new Uri(link, "/"), Cancellation)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        using var renamed = new HttpRequestMessage(HttpMethod.Get, link);
        renamed.Headers.Host = $"evil.example.com:{link.Port}";
        (await stranger.SendAsync(renamed, Cancellation)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        using var foreign = new HttpRequestMessage(HttpMethod.Post, link);
        foreign.Headers.Add("Origin", "https://evil.example.com");
        foreign.Content = new FormUrlEncodedContent([]);
        (await stranger.SendAsync(foreign, Cancellation)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        using var browser = new HttpClient();
        (await browser.GetAsync(link, Cancellation)).StatusCode.ShouldBe(HttpStatusCode.OK);
        using var second = new HttpClient();
        (await second.GetAsync(link, Cancellation)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Of_many_who_come_at_once_with_the_address_one_is_let_in()
    {
        var link = page.Link;
        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(async _ =>
                {
                    using var browser = new HttpClient();
                    return (await browser.GetAsync(link, Cancellation)).StatusCode;
                })
        );
        answers.Count(one => one == HttpStatusCode.OK).ShouldBe(1);
    }

    [Fact]
    public async Task A_body_that_is_too_long_is_refused()
    {
        // Asks first whether to send it: whoever sends all the same may find the connection closed before the answer.
        using var asking = new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromMinutes(1) };
        using var browser = new HttpClient(asking) { BaseAddress = new(page.Link, "/") };
        (await browser.GetAsync(page.Link, Cancellation)).StatusCode.ShouldBe(HttpStatusCode.OK);
        browser.DefaultRequestHeaders.ExpectContinue = true;
        using var content = new FormUrlEncodedContent([new("token", new string('a', 100_000))]);
        var answer = await browser.PostAsync("connect", content, Cancellation);
        answer.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        host.Folder.Has(HubLink.File).ShouldBeFalse();
    }

    private static async Task<string> PostAsync(HttpClient browser, string path, string token)
    {
        using var content = new FormUrlEncodedContent([new("token", token)]);
        var answer = await browser.PostAsync(path, content, Cancellation);
        return await answer.Content.ReadAsStringAsync(Cancellation);
    }
}
