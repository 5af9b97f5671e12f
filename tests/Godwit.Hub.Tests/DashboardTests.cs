using System.Net;
using Godwit.Contracts.Agents;
using Godwit.Hub.Access;
using Godwit.Hub.Tests.Harness;
using Godwit.Testing;
using Microsoft.AspNetCore.SignalR.Client;
using Shouldly;
using Xunit;

namespace Godwit.Hub.Tests;

/// <summary>Orleans' dashboard of the hosts of a migration: the page is the Hub's, the figures are a host's, and only operators see either.</summary>
[Requirement("H08")]
public sealed class DashboardTests : IAsyncLifetime
{
    private readonly List<DashboardQuestion> asked = [];
    private TestMigration stage = null!;
    private HubConnection connection = null!;
    private string dashboard = "";

    public async ValueTask InitializeAsync()
    {
        stage = await TestMigration.StartAsync();
        dashboard = $"{stage.Own}/{await stage.CreateAsync()}/dashboard";
        Say(new(200, """{"hosts":["vm001"]}"""));
        _ = await stage.ExchangeAsync();
        connection = await stage.ConnectAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await connection.DisposeAsync();
        await stage.DisposeAsync();
    }

    [Fact]
    public async Task An_operator_gets_the_page_from_the_Hub_and_the_figures_from_the_host_that_leads()
    {
        using var client = await ClientAsync("GROUP_MIGRATION_OPERATOR");
        // Without the slash, too: the page's addresses are relative to it.
        var page = await client.GetAsync(dashboard, TestHub.Cancellation);
        page.StatusCode.ShouldBe(HttpStatusCode.OK);
        page.RequestMessage!.RequestUri!.AbsolutePath.ShouldEndWith("/dashboard/");
        page.Content.Headers.ContentType!.MediaType.ShouldBe("text/html");
        page.Headers.GetValues("Content-Security-Policy").Single().ShouldContain("script-src 'self';");
        (await page.Content.ReadAsStringAsync(TestHub.Cancellation)).ShouldContain("./index.min.js");
        var script = await client.GetAsync($"{dashboard}/index.min.js", TestHub.Cancellation);
        script.Content.Headers.ContentType!.MediaType.ShouldBe("text/javascript");
        asked.ShouldBeEmpty();
        var figures = await client.GetAsync(
            $"{dashboard}/SiloStats/S127.0.0.1:1:2?exclude=Orleans",
            TestHub.Cancellation
        );
        figures.Content.Headers.ContentType!.MediaType.ShouldBe("application/json");
        figures.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
        (await figures.Content.ReadAsStringAsync(TestHub.Cancellation)).ShouldBe("""{"hosts":["vm001"]}""");
        asked.ShouldBe([new("SiloStats", "S127.0.0.1:1:2", "?exclude=Orleans")]);
    }

    [Theory]
    [InlineData("GROUP_MIGRATION_VIEWER")]
    [InlineData("GROUP_CLUSTER_MONITOR")]
    [InlineData("ORG_MEMBER")]
    public async Task Who_may_not_migrate_sees_neither_page_nor_file_nor_figures(string role)
    {
        using var client = await ClientAsync(role);
        foreach (var path in new[] { "/", "/index.min.js", "/fonts/fa-solid-900.woff2", "/ClusterStats" })
        {
            (await client.GetAsync(dashboard + path, TestHub.Cancellation)).StatusCode.ShouldBe(
                HttpStatusCode.Forbidden,
                path
            );
        }

        asked.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("GrainState?grainId=1&grainType=x")]
    [InlineData("Trace")]
    [InlineData("index.min.js.map")]
    [InlineData("..%2F..%2Fappsettings.json")]
    public async Task A_host_is_asked_for_figures_only(string path)
    {
        using var client = await ClientAsync("GROUP_MIGRATION_OPERATOR");
        (await client.GetAsync($"{dashboard}/{path}", TestHub.Cancellation)).StatusCode.ShouldBe(
            HttpStatusCode.NotFound
        );
        asked.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(200, "<script>alert(1)</script>", "DASHBOARD_NOT_THERE")]
    [InlineData(409, "this host does not share migrations with others", "DASHBOARD_NOT_THERE")]
    public async Task What_is_no_figures_is_not_handed_on(int status, string text, string code)
    {
        Say(new(status, text));
        using var client = await ClientAsync("GROUP_MIGRATION_OPERATOR");
        var answer = await client.GetAsync($"{dashboard}/ClusterStats", TestHub.Cancellation);
        answer.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/json");
        (await TestHub.CodeAsync(answer)).ShouldBe(code);
    }

    [Fact]
    public async Task A_host_that_is_away_is_said_to_be()
    {
        await connection.StopAsync(TestHub.Cancellation);
        using var client = await ClientAsync("GROUP_MIGRATION_OPERATOR");
        await stage.UntilAsync(async () =>
        {
            var answer = await client.GetAsync($"{dashboard}/ClusterStats", TestHub.Cancellation);
            return answer.StatusCode == HttpStatusCode.Conflict
                && await TestHub.CodeAsync(answer) == "MIGRATION_HOST_AWAY";
        });
    }

    private void Say(DashboardAnswer answer) =>
        stage.Dashboard = question =>
        {
            asked.Add(question);
            return answer;
        };

    private Task<HttpClient> ClientAsync(string role) =>
        stage.Hub.WithRoleAsync(
            CallerKind.Person,
            stage.Owner.OrganizationId,
            role.StartsWith("ORG_", StringComparison.Ordinal) ? null : stage.Owner.ProjectId,
            role
        );
}
