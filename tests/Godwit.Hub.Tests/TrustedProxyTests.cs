using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Godwit.Hub.Tests.Harness;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Hub.Tests;

/// <summary>Where requests come from is taken from a header only if a trusted proxy says so (P11).</summary>
[Requirement("F01")]
public sealed class TrustedProxyTests
{
    private const string Allowed = "10.1.2.3";

    private static CancellationToken Cancellation => TestHub.Cancellation;

    [Theory]
    [InlineData("192.0.2.0/24", Allowed, false)]
    [InlineData(null, Allowed, false)]
    [InlineData("127.0.0.0/8", Allowed, true)]
    [InlineData("127.0.0.0/8", "10.1.2.3, 203.0.113.9", false)]
    [InlineData("127.0.0.0/8", "203.0.113.9, 10.1.2.3", true)]
    [InlineData("127.0.0.0/8", "10.1.2.3, 127.0.0.7", true)]
    [InlineData("127.0.0.0/8", "10.1.2.3, nonsense", false)]
    public async Task A_key_comes_in_by_a_forwarded_address_only_if_a_trusted_proxy_names_it(
        string? trusted,
        string forwardedFor,
        bool isLetIn
    )
    {
        await using var hub = await TestHub.StartAsync(options =>
            options with
            {
                TrustedProxies = trusted is null ? [] : [IPNetwork.Parse(trusted)],
            }
        );
        var owner = await hub.AdministratorAsync();
        var keys = $"/api/atlas/v2/orgs/{owner.OrganizationId}/apiKeys";
        var made = await TestHub.ReadAsync(
            await owner.Client.PostAsJsonAsync(keys, new { desc = "k", roles = new[] { "ORG_OWNER" } }, Cancellation)
        );
        await owner.Client.PostAsJsonAsync(
            $"{keys}/{made["id"]}/accessList",
            new object[] { new { ipAddress = Allowed } },
            Cancellation
        );
        using var client = hub.ByKey((string)made["publicKey"]!, (string)made["privateKey"]!);
        client.DefaultRequestHeaders.TryAddWithoutValidation("X-Forwarded-For", forwardedFor);
        (await client.GetAsync(keys, Cancellation)).StatusCode.ShouldBe(
            isLetIn ? HttpStatusCode.OK : HttpStatusCode.Forbidden
        );
    }

    [Fact]
    public async Task Nothing_else_of_what_proxies_say_is_read()
    {
        await using var hub = await TestHub.StartAsync(options =>
            options with
            {
                TrustedProxies = [IPNetwork.Parse("127.0.0.0/8")],
            }
        );
        var owner = await hub.AdministratorAsync();
        owner.Client.DefaultRequestHeaders.Add("X-Forwarded-Host", "evil.example.com");
        owner.Client.DefaultRequestHeaders.Add("X-Forwarded-Proto", "http");
        owner.Client.DefaultRequestHeaders.Add("X-Forwarded-Prefix", "/evil");
        owner.Client.DefaultRequestHeaders.Add("Origin", "http://evil.example.com");
        var refused = await owner.Client.PostAsJsonAsync(
            $"/api/atlas/v2/orgs/{owner.OrganizationId}/apiKeys",
            new { desc = "k", roles = new[] { "ORG_OWNER" } },
            Cancellation
        );
        (await TestHub.CodeAsync(refused)).ShouldBe("FOREIGN_ORIGIN");
    }

    [Theory]
    [InlineData(false, "127.0.0.1")]
    [InlineData(true, Allowed)]
    public async Task The_observed_address_of_a_host_that_joins_goes_by_the_same_rule(bool isTrusted, string observed)
    {
        await using var hub = await TestHub.StartAsync(options =>
            options with
            {
                TrustedProxies = isTrusted ? [IPNetwork.Parse("127.0.0.1/32")] : [],
            }
        );
        var owner = await hub.OwnerKeyAsync();
        var token = await TestHub.ReadAsync(
            await owner.Client.PostAsJsonAsync(
                $"/api/atlas/v2/orgs/{owner.OrganizationId}/liveMigrations/linkTokens",
                new { },
                Cancellation
            )
        );
        Contracts.JoinToken.TryParse((string)token["linkToken"]!, out var parsed).ShouldBeTrue();
        await using var host = new TestHost();
        using var keys = Agent.Identity.HostKeys.Open(host.Folder);
        using var client = hub.Anonymous();
        client.DefaultRequestHeaders.Add("X-Forwarded-For", Allowed);
        var request = new Contracts.Agents.JoinRequest(
            parsed!.Id,
            parsed.Secret,
            keys.CertificateRequest(),
            Agent.Identity.HostFacts.Take(host.Folder, keys, "host1")
        );
        var joined = await client.PostAsJsonAsync(
            Contracts.Agents.AgentRoutes.Join,
            request,
            Contracts.ApiJson.Options,
            Cancellation
        );
        joined.StatusCode.ShouldBe(HttpStatusCode.OK);
        var hosts = JsonNode.Parse(
            await owner.Client.GetStringAsync($"/api/godwit/v1/orgs/{owner.OrganizationId}/hosts", Cancellation)
        )!;
        hosts.AsArray().Single()!["observedAddress"]!.GetValue<string>().ShouldBe(observed);
    }
}
