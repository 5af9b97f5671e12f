using System.Net;
using System.Net.Http.Json;
using Godwit.Contracts;
using Godwit.Contracts.Agents;
using Godwit.Hub.Hosting;
using Godwit.Hub.Tests.Harness;
using Godwit.Testing;
using Microsoft.AspNetCore.SignalR;
using Shouldly;
using Xunit;

namespace Godwit.Hub.Tests;

/// <summary>One minor version may lie between Hub and agents, and no more (P20).</summary>
[Requirement("A06")]
public sealed class VersionSkewTests
{
    private static Version Hubs => VersionSkew.Parse(HubVersion.Text)!;

    [Theory]
    [InlineData("1.4.0", "1.4.2+abc", null)]
    [InlineData("1.3.9", "1.4.0", null)]
    [InlineData("1.5.0-rc.1", "1.4.0", null)]
    [InlineData("1.2.9", "1.4.0", "godwit agent upgrade")]
    [InlineData("1.6.0", "1.4.0", "Upgrade the Hub")]
    [InlineData("2.4.0", "1.4.0", "Upgrade the Hub")]
    [InlineData("0.4.0", "1.4.0", "godwit agent upgrade")]
    [InlineData("1", "1.4.0", "cannot be set beside")]
    [InlineData("", "1.4.0", "cannot be set beside")]
    public void Versions_go_together_or_it_is_said_who_is_behind(string agent, string hub, string? problem)
    {
        if (problem is null)
        {
            VersionSkew.Problem(agent, hub).ShouldBeNull();
        }
        else
        {
            VersionSkew.Problem(agent, hub).ShouldNotBeNull().ShouldContain(problem);
        }
    }

    [Fact]
    public async Task A_host_that_is_too_far_away_is_taken_nothing_from_and_given_nothing_until_it_is_upgraded()
    {
        await using var stage = await TestMigration.StartAsync(missesHosts: true);
        var id = await stage.CreateAsync();
        await stage.ReportAsync(id, MigrationActivity.Running, "COPYING");
        var fitting = stage.Version;

        stage.Version = $"{Hubs.Major}.{Hubs.Minor + 2}.0";
        var refused = await Should.ThrowAsync<HubException>(() => stage.ExchangeAsync());
        refused.Message.ShouldStartWith($"{VersionSkew.Code}: ");
        var host = (await HostsAsync(stage)).Single();
        host.VersionProblem.ShouldNotBeNull().ShouldContain("Upgrade the Hub");
        stage.Hub.Time.Advance(TimeSpan.FromMinutes(1));
        (await HostsAsync(stage)).Single().State.ShouldBe("AWAY");
        var another = await stage.SendAsync(HttpMethod.Post, stage.LiveMigrations, stage.Request("other-cloud"));
        another.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await TestHub.CodeAsync(another)).ShouldBe(VersionSkew.Code);

        stage.Version = fitting;
        (await stage.OrderAsync(id)).ShouldNotBeNull();
        (await HostsAsync(stage)).Single().VersionProblem.ShouldBeNull();
    }

    [Fact]
    public async Task A_host_that_is_too_far_away_does_not_join_and_its_token_stays_good()
    {
        await using var hub = await TestHub.StartAsync();
        var owner = await hub.OwnerKeyAsync();
        var made = await owner.Client.PostAsJsonAsync(
            $"/api/atlas/v2/orgs/{owner.OrganizationId}/liveMigrations/linkTokens",
            new { },
            TestHub.Cancellation
        );
        var text = (string)(await TestHub.ReadAsync(made))["linkToken"]!;
        JoinToken.TryParse(text, out var token).ShouldBeTrue();
        await using var host = new TestHost();
        using var keys = Agent.Identity.HostKeys.Open(host.Folder);
        var report = Agent.Identity.HostFacts.Take(host.Folder, keys, "host1");
        using var client = hub.Anonymous();
        var refused = await client.PostAsJsonAsync(
            AgentRoutes.Join,
            new JoinRequest(
                token!.Id,
                token.Secret,
                keys.CertificateRequest(),
                report with
                {
                    Version = $"{Hubs.Major + 1}.0.0",
                }
            ),
            ApiJson.Options,
            TestHub.Cancellation
        );
        refused.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await TestHub.CodeAsync(refused)).ShouldBe(VersionSkew.Code);
        (await host.LinkAsync(text)).HostName.ShouldBe("host1");
    }

    private static async Task<IReadOnlyList<Contracts.Own.HostResource>> HostsAsync(TestMigration stage) =>
        ApiJson.Read<List<Contracts.Own.HostResource>>(
            await stage.Owner.Client.GetStringAsync(
                $"/api/godwit/v1/orgs/{stage.Owner.OrganizationId}/hosts",
                TestHub.Cancellation
            )
        );
}
