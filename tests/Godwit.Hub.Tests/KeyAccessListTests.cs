using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Godwit.Hub.Tests.Harness;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Hub.Tests;

/// <summary>The addresses that an API key may come from.</summary>
[Requirement("F01")]
public sealed class KeyAccessListTests
{
    private static CancellationToken Cancellation => TestHub.Cancellation;

    [Fact]
    public async Task A_key_with_an_access_list_comes_in_from_those_addresses_only_until_they_are_taken_off()
    {
        await using var hub = await TestHub.StartAsync();
        var owner = await hub.AdministratorAsync();
        var keys = $"/api/atlas/v2/orgs/{owner.OrganizationId}/apiKeys";
        var made = await TestHub.ReadAsync(
            await owner.Client.PostAsJsonAsync(keys, new { desc = "k", roles = new[] { "ORG_OWNER" } }, Cancellation)
        );
        using var client = hub.ByKey((string)made["publicKey"]!, (string)made["privateKey"]!);
        var list = $"{keys}/{made["id"]}/accessList";
        (await client.GetAsync(keys, Cancellation)).StatusCode.ShouldBe(HttpStatusCode.OK);

        var added = await owner.Client.PostAsJsonAsync(
            list,
            new object[] { new { ipAddress = "10.1.2.3" }, new { cidrBlock = "10.2.0.0/16" } },
            Cancellation
        );
        added.StatusCode.ShouldBe(HttpStatusCode.OK);
        var refused = await client.GetAsync(keys, Cancellation);
        refused.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await TestHub.CodeAsync(refused)).ShouldBe("IP_ADDRESS_NOT_ON_ACCESS_LIST");
        (await AddAsync(owner, list, "10.1.2.3")).StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await AddAsync(owner, list, "nowhere")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);

        (await AddAsync(owner, list, "127.0.0.1")).StatusCode.ShouldBe(HttpStatusCode.OK);
        var shown = JsonNode.Parse(await client.GetStringAsync(list, Cancellation))!["results"]!.AsArray();
        shown.Select(one => (string?)one!["ipAddress"]).ShouldBe(["10.1.2.3", null, "127.0.0.1"]);
        foreach (var entry in (string[])["10.2.0.0%2F16", "127.0.0.1"])
        {
            var gone = await owner.Client.DeleteAsync($"{list}/{entry}", Cancellation);
            gone.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        }

        (await client.GetAsync(keys, Cancellation)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await owner.Client.DeleteAsync($"{list}/127.0.0.1", Cancellation)).StatusCode.ShouldBe(
            HttpStatusCode.NotFound
        );
    }

    private static Task<HttpResponseMessage> AddAsync(Administrator owner, string list, string address) =>
        owner.Client.PostAsJsonAsync(list, new object[] { new { ipAddress = address } }, Cancellation);
}
