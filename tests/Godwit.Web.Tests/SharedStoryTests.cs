using System.Net;
using Godwit.ControlPlane.Tests.Harness;
using Godwit.Testing;
using Godwit.Web.Tests.Harness;
using Microsoft.Playwright;
using MongoDB.Bson;
using Xunit;

namespace Godwit.Web.Tests;

/// <summary>Three hosts that share a migration, as whoever operates it sees them: on its page, and in Orleans' dashboard.</summary>
public sealed class SharedStoryTests(Chromium chromium) : IClassFixture<Chromium>
{
    private const int Collections = 60;
    private const int DocumentsEach = 200;
    private static readonly string Text = new('x', 20_000);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Set", "Long")]
    [Requirement("H08")]
    public async Task Hosts_that_share_a_migration_are_seen_with_what_each_does_and_in_Orleans_dashboard()
    {
        await using var redis = await RedisServer.StartAsync(Cancellation);
        await using var stage = await Stage.SetAsync();
        await FillAsync(stage);
        string[] share = ["share", redis.Address, "--host-address", "127.0.0.1", "--host-ranges", "2"];
        await stage.Agent.RunAsync(share);
        await stage.Agent.KillAsync();
        await stage.Agent.StartAsync();
        await using var second = await stage.AddHostAsync("vm002.example.com", share);
        await using var third = await stage.AddHostAsync("vm003.example.com", share);
        await stage.Api.UntilAsync(
            $"/api/godwit/v1/orgs/{stage.Api.OrganizationId}/hosts",
            all =>
                all.AsArray().Count(one => one!["report"]!["sharing"] is { } sharing && sharing["fault"] is null) == 3
        );
        var request = stage.Request();
        request["options"] = new
        {
            standbyHosts = new[] { "vm002.example.com", "vm003.example.com" },
            limits = new { megabytesPerSecond = 2 },
        };
        var made = await stage.Api.PostAsync($"{stage.Api.Own}/migrations", request, HttpStatusCode.Created, "");
        await using var user = await chromium.OpenAsync(stage.Hub.Url, "the operator");
        await user.SignInByLinkAsync(await InviteOperatorAsync(stage));
        await user.GoAsync($"projects/{stage.Api.ProjectId}/migrations/{made["id"]}");
        var hosts = user.Page.GetByRole(AriaRole.Region, new() { Name = "Hosts" });
        await hosts.GetByRole(AriaRole.Row, new() { NameString = "vm002.example.com" }).GetByText("/s").WaitForAsync();
        await hosts
            .GetByRole(AriaRole.Row, new() { NameString = "vm003.example.com" })
            .GetByText("Helps")
            .WaitForAsync();
        await user.LookAsync("hosts-of-a-migration");
        await second.KillAsync();
        await hosts
            .GetByRole(AriaRole.Row, new() { NameString = "vm002.example.com" })
            .GetByText("It is not heard of any more.")
            .WaitForAsync();
        await user.LookAsync("hosts-one-lost");
        await second.StartAsync();
        await hosts.GetByText("2 times").WaitForAsync();
        await user.LookAsync("hosts-one-back");

        var dashboard = await user.Page.Context.RunAndWaitForPageAsync(() => user.ClickAsync("Orleans' dashboard"));
        await dashboard.GetByText("Active Silos").First.WaitForAsync();
        await WebUser.KeepAsync(dashboard, "orleans-dashboard");
        await dashboard.GetByRole(AriaRole.Link, new() { Name = "Silos" }).First.ClickAsync();
        await dashboard.GetByText("Active").First.WaitForAsync();
        await WebUser.KeepAsync(dashboard, "orleans-dashboard-silos");
    }

    /// <returns>The link that signs them in.</returns>
    private static async Task<string> InviteOperatorAsync(Stage stage)
    {
        var people = $"/api/godwit/v1/orgs/{stage.Api.OrganizationId}/people";
        var person = await stage.Api.PostAsync(
            people,
            new { userName = "Vera", roles = new[] { "ORG_MEMBER" } },
            HttpStatusCode.Created,
            ""
        );
        _ = await stage.Api.PostAsync(
            $"{people}/{person["id"]}/groups/{stage.Api.ProjectId}",
            new { roles = new[] { "GROUP_MIGRATION_OPERATOR" } },
            HttpStatusCode.NoContent,
            ""
        );
        return (string)person["signInLink"]!;
    }

    private static async Task FillAsync(Stage stage)
    {
        for (var i = 0; i < Collections; i++)
        {
            await stage
                .Source.Client.GetDatabase("shop")
                .GetCollection<BsonDocument>($"c{i}")
                .InsertManyAsync(
                    Enumerable.Range(0, DocumentsEach).Select(n => new BsonDocument { { "_id", n }, { "text", Text } }),
                    null,
                    Cancellation
                );
        }
    }
}
