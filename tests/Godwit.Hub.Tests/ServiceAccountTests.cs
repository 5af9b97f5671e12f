using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Godwit.Hub.Tests.Harness;
using Godwit.Testing;
using Microsoft.EntityFrameworkCore;
using Shouldly;
using Xunit;

namespace Godwit.Hub.Tests;

/// <summary>Service accounts: OAuth 2 client credentials as Atlas' clients speak them.</summary>
[Requirement("F01")]
public sealed class ServiceAccountTests : IAsyncLifetime
{
    private TestHub hub = null!;
    private Administrator owner = null!;
    private string clientId = "";
    private string secret = "";

    private string Accounts => $"/api/atlas/v2/orgs/{owner.OrganizationId}/serviceAccounts";

    private static CancellationToken Cancellation => TestHub.Cancellation;

    public async ValueTask InitializeAsync()
    {
        hub = await TestHub.StartAsync();
        owner = await hub.AdministratorAsync();
        var made = await owner.Client.PostAsJsonAsync(
            Accounts,
            new
            {
                name = "ci",
                roles = new[] { "ORG_OWNER" },
                secretExpiresAfterHours = 24,
            },
            Cancellation
        );
        made.StatusCode.ShouldBe(HttpStatusCode.Created);
        var account = await TestHub.ReadAsync(made);
        (clientId, secret) = ((string)account["clientId"]!, (string)account["secrets"]![0]!["secret"]!);
    }

    public ValueTask DisposeAsync() => hub.DisposeAsync();

    [Fact]
    public async Task A_token_for_the_clients_credentials_lets_it_in_with_its_roles()
    {
        clientId.ShouldMatch("^mdb_sa_id_[a-f0-9]{24}$");
        using var client = await ByTokenAsync();
        (await client.GetAsync(Accounts, Cancellation)).StatusCode.ShouldBe(HttpStatusCode.OK);
        var made = await client.PostAsJsonAsync(
            $"/api/godwit/v1/orgs/{owner.OrganizationId}/groups",
            new { name = "by a program" },
            Cancellation
        );
        made.StatusCode.ShouldBe(HttpStatusCode.Created);
        var said = await hub.QueryAsync(database =>
            database.Events.SingleAsync(one => one.Type == "GROUP_CREATED", Cancellation)
        );
        said.ActorName.ShouldBe(clientId);
    }

    [Fact]
    public async Task A_wrong_secret_gets_no_token_and_a_made_up_token_lets_nobody_in()
    {
        using var client = hub.Anonymous();
        var refused = await AskAsync(client, "guessed");
        refused.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        ((string)(await TestHub.ReadAsync(refused))["error"]!).ShouldBe("invalid_client");
        client.DefaultRequestHeaders.Authorization = new("Bearer", "made-up");
        var answer = await client.GetAsync(Accounts, Cancellation);
        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await TestHub.CodeAsync(answer)).ShouldBe("UNAUTHORIZED");
    }

    [Fact]
    public async Task A_token_ends_with_its_hour_its_secret_and_its_account()
    {
        using var hourly = await ByTokenAsync();
        hub.Time.Advance(TimeSpan.FromMinutes(61));
        (await hourly.GetAsync(Accounts, Cancellation)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        using var client = await ByTokenAsync();
        (await client.GetAsync(Accounts, Cancellation)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await owner.Client.DeleteAsync($"{Accounts}/{clientId}", Cancellation)).StatusCode.ShouldBe(
            HttpStatusCode.NoContent
        );
        (await client.GetAsync(Accounts, Cancellation)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await AskAsync(client, secret)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_secret_that_has_lapsed_gets_no_token_and_is_kept_nowhere()
    {
        var listed = await owner.Client.GetStringAsync(Accounts, Cancellation);
        listed.ShouldContain(clientId);
        listed.ShouldNotContain(secret);
        hub.Time.Advance(TimeSpan.FromHours(25));
        using var client = hub.Anonymous();
        (await AskAsync(client, secret)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        var kept = await hub.QueryAsync(database => database.ServiceAccountSecrets.SingleAsync(Cancellation));
        kept.Hash.ShouldNotContain(secret);
    }

    private async Task<HttpClient> ByTokenAsync()
    {
        var client = hub.Anonymous();
        var answer = await AskAsync(client, secret);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        var token = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancellation))!;
        ((string)token["token_type"]!).ShouldBe("Bearer");
        ((int)token["expires_in"]!).ShouldBeInRange(3590, 3600);
        client.DefaultRequestHeaders.Authorization = new("Bearer", (string)token["access_token"]!);
        return client;
    }

    private async Task<HttpResponseMessage> AskAsync(HttpClient client, string with)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/oauth/token");
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Basic",
            Convert.ToBase64String(Encoding.UTF8.GetBytes($"{clientId}:{with}"))
        );
        request.Content = new FormUrlEncodedContent([new("grant_type", "client_credentials")]);
        return await client.SendAsync(request, Cancellation);
    }
}
