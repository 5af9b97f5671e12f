using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Godwit.Hub.Hosting;
using Godwit.Hub.Web.Hosting;
using Godwit.Web.Tests.Harness;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Web.Tests;

/// <summary>What holds for every page: below a path, after the session, and in what it may load.</summary>
public sealed class PagesTests(Chromium chromium) : IClassFixture<Chromium>, IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("godwit-web-").FullName;
    private readonly FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Behind_a_proxy_with_a_path_nothing_is_asked_for_outside_of_it()
    {
        await using var hub = await StartAsync("/godwit");
        await using var person = await chromium.OpenAsync(hub.Url, "the administrator");
        var paths = new List<string>();
        person.Page.Request += (_, request) => paths.Add(new Uri(request.Url).AbsolutePath);
        await person.SignInByLinkAsync(hub.SignInLink!.ToString());
        await person.MenuAsync("Migration");
        await person.SeeAsync("No migration yet");
        await person.Page.ReloadAsync();
        await person.UntilReadyAsync();
        paths.ShouldNotBeEmpty();
        paths.ShouldAllBe(path => path.StartsWith("/godwit/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_session_that_ends_is_said_and_what_was_typed_is_still_there()
    {
        await using var hub = await StartAsync("");
        await using var person = await chromium.OpenAsync(hub.Url, "the administrator");
        await person.SignInByLinkAsync(hub.SignInLink!.ToString());
        await person.MenuAsync("Clusters");
        await person.ClickAsync("Register a cluster");
        await person.Page.FillAsync("#cluster-name", "shop-cloud");
        time.Advance(TimeSpan.FromHours(13));
        await person.SeeAsync("Your session has ended.");
        (await person.Page.InputValueAsync("#cluster-name")).ShouldBe("shop-cloud");
        await person.Page.FillAsync("#cluster-address", "mongodb://127.0.0.1:1");
        await person.ClickAsync("Register", isExact: true);
        await person.SeeAsync("sign in, or send an API key");
        (await person.Page.InputValueAsync("#cluster-name")).ShouldBe("shop-cloud");
    }

    [Fact]
    public async Task Everybody_sees_the_time_of_where_they_are()
    {
        await using var hub = await StartAsync("");
        await using var person = await chromium.OpenAsync(hub.Url, "somebody in India", zone: "Asia/Kolkata");
        await person.SignInByLinkAsync(hub.SignInLink!.ToString());
        await person.MenuAsync("People and roles");
        await person.ClickAsync("Invite a person");
        await person.Page.FillAsync("#person-name", "Vera");
        await person.ClickAsync("Invite", isExact: true);
        var link = (await person.Page.Locator("#invitation").InnerTextAsync()).Trim();
        await using var other = await chromium.OpenAsync(hub.Url, "somebody in Canada", zone: "America/St_Johns");
        await other.SignInByLinkAsync(link);
        await ShouldSeeTimeOfAsync(person, "Asia/Kolkata");
        await ShouldSeeTimeOfAsync(other, "America/St_Johns");

        async Task ShouldSeeTimeOfAsync(WebUser user, string zone)
        {
            await user.MenuAsync("Audit log");
            await user.SeeAsync("Person invited");
            var there = TimeZoneInfo.ConvertTime(time.GetUtcNow(), TimeZoneInfo.FindSystemTimeZoneById(zone));
            (await user.Page.Locator("main time").First.InnerTextAsync()).ShouldBe(
                there.ToString("d MMM, HH:mm", CultureInfo.InvariantCulture)
            );
        }
    }

    [Fact]
    public async Task Pages_allow_scripts_and_style_sheets_of_the_Hub_alone_and_no_frame_around_them()
    {
        await using var hub = await StartAsync("");
        using var client = new HttpClient(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                SslOptions = new() { RemoteCertificateValidationCallback = (_, _, _, _) => true },
            }
        )
        {
            BaseAddress = hub.Url,
        };
        using var page = await client.GetAsync("/signIn", Cancellation);
        var policy = page.Headers.GetValues("Content-Security-Policy").Single();
        policy.ShouldContain("default-src 'none'");
        policy.ShouldContain("script-src 'self';");
        policy.ShouldContain("style-src 'self';");
        policy.ShouldContain("frame-ancestors 'none'");
        using var asked = await client.GetAsync("/projects/0123456789abcdef01234567/migrations?a=b", Cancellation);
        asked.StatusCode.ShouldBe(HttpStatusCode.Found);
        asked
            .Headers.Location!.ToString()
            .ShouldBe("/signIn?next=%2Fprojects%2F0123456789abcdef01234567%2Fmigrations%3Fa%3Db");
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private async Task<HubServer> StartAsync(string prefix)
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var port = ((IPEndPoint)probe.LocalEndpoint).Port;
        probe.Stop();
        var options = new HubOptions
        {
            DataDirectory = folder,
            Listen = new(IPAddress.Loopback, port),
            Url = new($"https://127.0.0.1:{port}{prefix}"),
        };
        return await HubServer.StartAsync(options, time, Cancellation, new HubPages());
    }
}
