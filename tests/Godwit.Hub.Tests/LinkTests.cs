using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Godwit.Agent;
using Godwit.Contracts;
using Godwit.Hub.Tests.Harness;
using Godwit.Testing;
using Microsoft.EntityFrameworkCore;
using Shouldly;
using Xunit;

namespace Godwit.Hub.Tests;

/// <summary>Link-tokens and the hosts that come in by them.</summary>
public sealed class LinkTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private TestHub hub = null!;
    private Administrator owner = null!;

    private string Tokens => $"/api/atlas/v2/orgs/{owner.OrganizationId}/liveMigrations/linkTokens";

    private static CancellationToken Cancellation => TestHub.Cancellation;

    public async ValueTask InitializeAsync()
    {
        hub = await TestHub.StartAsync();
        owner = await hub.OwnerKeyAsync();
    }

    public ValueTask DisposeAsync() => hub.DisposeAsync();

    [Fact]
    [Requirement("A02")]
    public async Task A_token_is_shown_once_and_only_its_hash_is_kept()
    {
        var token = await NewTokenAsync();
        JoinToken.TryParse(token, out var parsed).ShouldBeTrue();
        var link = await hub.QueryAsync(database => database.Links.SingleAsync(Cancellation));
        link.SecretHash.ShouldBe(JoinToken.Hash(parsed.Secret));
        var listed = await owner.Client.GetStringAsync(
            $"/api/godwit/v1/orgs/{owner.OrganizationId}/links",
            Cancellation
        );
        listed.ShouldContain("WAITING");
        listed.ShouldNotContain(parsed.Secret);
        listed.ShouldNotContain(link.SecretHash);
    }

    [Fact]
    [Requirement("A02")]
    public async Task A_second_token_is_refused_while_one_waits_and_not_once_it_has_lapsed()
    {
        await NewTokenAsync();
        var second = await CreateAsync();
        second.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await TestHub.CodeAsync(second)).ShouldBe("LINK_TOKEN_ALREADY_EXISTS");
        hub.Time.Advance(TimeSpan.FromDays(8));
        (await CreateAsync()).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    [Requirement("A04")]
    public async Task A_token_that_is_wrong_cut_short_used_lapsed_or_deleted_is_told_apart()
    {
        var token = await NewTokenAsync();
        await ShouldBeRefusedAsync("LINK_TOKEN_MALFORMED", "anything");
        await ShouldBeRefusedAsync("LINK_TOKEN_MALFORMED", token[..^5]);
        JoinToken.TryParse(token, out var parsed).ShouldBeTrue();
        await ShouldBeRefusedAsync("LINK_TOKEN_UNKNOWN", (parsed with { Secret = "guessed" }).Write());
        await ShouldBeRefusedAsync("HUB_NOT_TRUSTED", (parsed with { Authority = new('0', 64) }).Write());
        await ShouldBeRefusedAsync("HUB_UNREACHABLE", (parsed with { Hub = new("https://127.0.0.1:1") }).Write());
        await using var host = new TestHost();
        await host.LinkAsync(token);
        await ShouldBeRefusedAsync("LINK_TOKEN_USED", token);

        var lapsing = await NewTokenAsync();
        hub.Time.Advance(TimeSpan.FromDays(8));
        await ShouldBeRefusedAsync("LINK_TOKEN_EXPIRED", lapsing);
        (await owner.Client.DeleteAsync(Tokens, Cancellation)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await ShouldBeRefusedAsync("LINK_TOKEN_REVOKED", lapsing);
    }

    [Fact]
    [Requirement("A02")]
    public async Task A_token_with_an_access_list_lets_only_those_addresses_in()
    {
        var answer = await CreateAsync("10.1.2.3");
        var token = (string)(await TestHub.ReadAsync(answer))["linkToken"]!;
        await ShouldBeRefusedAsync("IP_ADDRESS_NOT_ON_ACCESS_LIST", token);
        (await CreateAsync("not an address")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    [Requirement("A06")]
    [Requirement("A10")]
    public async Task A_linked_host_is_listed_with_what_it_is_and_its_organization_with_what_it_has()
    {
        await using var host = new TestHost();
        var link = await host.LinkAsync(await NewTokenAsync(), "vm001.example.com");
        var running = host.RunAsync();
        await UntilAsync(async () => (string)(await HostsAsync())[0]!["report"]!["operatingSystem"]! != "");
        var found = (await HostsAsync())[0]!;
        ((string)found["name"]!).ShouldBe("vm001.example.com");
        ((string)found["state"]!).ShouldBe("CONNECTED");
        ((bool)found["isOutdated"]!).ShouldBeFalse();
        ((int)found["report"]!["processors"]!).ShouldBe(Environment.ProcessorCount);
        var project = (await AvailableAsync())[0]!;
        ((string)project["projectId"]!).ShouldBe(link.ProjectId);
        ((string)project["name"]!).ShouldBe("Default");
        project["migrationHosts"]!.AsArray().Select(name => (string)name!).ShouldBe(["vm001.example.com"]);
        hub.Time.Advance(TimeSpan.FromMinutes(5));
        running.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    [Requirement("A06")]
    public async Task A_further_host_joins_with_a_key_that_works_once_and_for_an_hour()
    {
        await using var first = new TestHost();
        var link = await first.LinkAsync(await NewTokenAsync());
        var key = await NewHostKeyAsync();
        await using var second = new TestHost();
        (await second.LinkAsync(key, "host2")).OrganizationId.ShouldBe(link.OrganizationId);
        await ShouldBeRefusedAsync("LINK_TOKEN_USED", key);
        var lapsing = await NewHostKeyAsync();
        hub.Time.Advance(TimeSpan.FromHours(2));
        await ShouldBeRefusedAsync("LINK_TOKEN_EXPIRED", lapsing);
        await ShouldBeRefusedAsync("HOST_NAME_TAKEN", await NewHostKeyAsync(), "host2");
    }

    [Fact]
    [Requirement("A03")]
    public async Task Deleting_the_link_lets_its_hosts_go_at_once()
    {
        await using var host = new TestHost();
        await host.LinkAsync(await NewTokenAsync());
        var running = host.RunAsync();
        await UntilAsync(async () => (string)(await HostsAsync())[0]!["state"]! == "CONNECTED");
        (await owner.Client.DeleteAsync(Tokens, Cancellation)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        var ended = await Should.ThrowAsync<AgentException>(running.WaitAsync(Patience, Cancellation));
        ended.Code.ShouldBe("LINK_REVOKED");
        (await AvailableAsync()).AsArray().ShouldBeEmpty();
        (await owner.Client.DeleteAsync(Tokens, Cancellation)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    [Requirement("A05")]
    public async Task A_host_comes_back_by_itself_after_the_Hub_was_away()
    {
        await using var host = new TestHost();
        await host.LinkAsync(await NewTokenAsync());
        var running = host.RunAsync();
        await UntilAsync(async () => (string)(await HostsAsync())[0]!["state"]! == "CONNECTED");
        var before = (await hub.QueryAsync(database => database.Hosts.SingleAsync(Cancellation))).LastContactAt;
        var port = hub.Url.Port;
        await hub.StopAsync();
        hub.Time.Advance(TimeSpan.FromMinutes(2));
        hub = await TestHub.StartAsync(hub.Folder, hub.Time, port);
        await UntilAsync(async () =>
            (await hub.QueryAsync(database => database.Hosts.SingleAsync(Cancellation))).LastContactAt > before
        );
        running.IsCompleted.ShouldBeFalse();
    }

    private async Task<HttpResponseMessage> CreateAsync(params string[] addresses) =>
        await owner.Client.PostAsJsonAsync(Tokens, new { accessListIps = addresses }, Cancellation);

    private async Task<string> NewTokenAsync() => (string)(await TestHub.ReadAsync(await CreateAsync()))["linkToken"]!;

    private async Task<string> NewHostKeyAsync()
    {
        var links = JsonNode.Parse(
            await owner.Client.GetStringAsync($"/api/godwit/v1/orgs/{owner.OrganizationId}/links", Cancellation)
        )!;
        var answer = await owner.Client.PostAsync(
            $"/api/godwit/v1/orgs/{owner.OrganizationId}/links/{links[0]!["id"]}/hostKeys",
            null,
            Cancellation
        );
        return (string)(await TestHub.ReadAsync(answer))["hostKey"]!;
    }

    private async Task<JsonNode> HostsAsync() =>
        JsonNode.Parse(
            await owner.Client.GetStringAsync($"/api/godwit/v1/orgs/{owner.OrganizationId}/hosts", Cancellation)
        )!;

    private async Task<JsonNode> AvailableAsync() =>
        JsonNode.Parse(
            await owner.Client.GetStringAsync(
                $"/api/atlas/v2/orgs/{owner.OrganizationId}/liveMigrations/availableProjects",
                Cancellation
            )
        )!;

    private static async Task ShouldBeRefusedAsync(string code, string token, string name = "another")
    {
        await using var host = new TestHost();
        (await Should.ThrowAsync<AgentException>(host.LinkAsync(token, name))).Code.ShouldBe(code);
    }

    private static Task UntilAsync(Func<Task<bool>> holds) =>
        Condition.UntilAsync(holds, () => "it did not come about", Patience, Cancellation);
}
