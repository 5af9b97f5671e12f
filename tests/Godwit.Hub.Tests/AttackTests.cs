using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Godwit.Contracts.Agents;
using Godwit.Hub.Access;
using Godwit.Hub.Support;
using Godwit.Hub.Tests.Harness;
using Godwit.Testing;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Shouldly;
using Xunit;

namespace Godwit.Hub.Tests;

/// <summary>What others may try with a Hub that stands on the network, each tried here.</summary>
[Requirement("F01")]
public sealed class AttackTests : IAsyncLifetime
{
    private const string Unknown = "0123456789abcdef01234567";
    private TestHub hub = null!;
    private Administrator owner = null!;

    private static CancellationToken Cancellation => TestHub.Cancellation;

    public async ValueTask InitializeAsync()
    {
        hub = await TestHub.StartAsync();
        owner = await hub.AdministratorAsync();
    }

    public ValueTask DisposeAsync() => hub.DisposeAsync();

    [Fact]
    public async Task A_sign_in_link_works_once()
    {
        var person = await owner.Client.PostAsJsonAsync(
            $"/api/godwit/v1/orgs/{owner.OrganizationId}/people",
            new { userName = "ada", roles = new[] { "ORG_MEMBER" } },
            Cancellation
        );
        var link = new Uri((string)(await TestHub.ReadAsync(person))["signInLink"]!);
        using var first = await hub.SignInAsync(link);
        using var again = hub.Anonymous();
        (await again.PostAsync(link, null, Cancellation)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task No_body_takes_a_field_that_is_not_meant_to_be_set()
    {
        var taken = new List<string>();
        foreach (var endpoint in hub.Service<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>())
        {
            var isRead = endpoint.Metadata.GetMetadata<IAcceptsMetadata>() is not null;
            if (!isRead || endpoint.Metadata.GetMetadata<AccessFilter.Needed>() is null)
            {
                continue;
            }

            var method = endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods[0];
            var path = System.Text.RegularExpressions.Regex.Replace(
                endpoint
                    .RoutePattern.RawText!.Replace("{orgId}", owner.OrganizationId)
                    .Replace("{groupId}", owner.ProjectId),
                @"\{\w+\}",
                Unknown
            );
            using var client = await hub.WithRoleAsync(
                true,
                owner.OrganizationId,
                path.Contains("/groups/") && !path.Contains("/orgs/") ? owner.ProjectId : null,
                path.Contains("/groups/") && !path.Contains("/orgs/") ? "GROUP_OWNER" : "ORG_OWNER"
            );
            using var request = new HttpRequestMessage(new(method), path);
            var isList = endpoint.Metadata.GetMetadata<IAcceptsMetadata>()!.RequestType!.Name.Contains("List");
            const string planted = """{"organizationId":"0123456789abcdef01234567","isAdmin":true}""";
            request.Content = new StringContent(isList ? $"[{planted}]" : planted);
            var answer = await client.SendAsync(request, Cancellation);
            var text = await answer.Content.ReadAsStringAsync(Cancellation);
            if (answer.StatusCode != HttpStatusCode.BadRequest || !text.Contains("VALIDATION_ERROR"))
            {
                taken.Add($"{method} {path}: {answer.StatusCode} {text}");
            }
        }

        taken.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("mongodb://169.254.169.254/")]
    [InlineData("mongodb://2852039166/")]
    [InlineData("mongodb://[::ffff:169.254.169.254]/")]
    [InlineData("mongodb://[fe80::1]/")]
    [InlineData("mongodb://[fd00:ec2::254]/")]
    [InlineData("mongodb://100.100.100.200/")]
    [InlineData("mongodb://10.0.0.1,169.254.170.2:27017/")]
    public async Task A_cluster_is_not_looked_for_where_machines_in_clouds_answer_with_their_secrets(string address)
    {
        var answer = await RegisterAsync(address);
        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var body = await TestHub.ReadAsync(answer);
        ((string)body["badRequestDetail"]!["fields"]![0]!["field"]!).ShouldBe("connectionString");
    }

    [Fact]
    public async Task A_foreign_page_cannot_ride_on_a_session()
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post,
            $"/api/godwit/v1/orgs/{owner.OrganizationId}/groups"
        );
        request.Headers.Add("Origin", "https://evil.example.com");
        request.Content = new StringContent("""{"name":"theirs"}""");
        var answer = await owner.Client.SendAsync(request, Cancellation);
        answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await TestHub.CodeAsync(answer)).ShouldBe("FOREIGN_ORIGIN");
    }

    [Fact]
    public async Task Names_with_line_breaks_are_refused_and_texts_of_hosts_make_no_lines_in_the_log()
    {
        var person = await owner.Client.PostAsJsonAsync(
            $"/api/godwit/v1/orgs/{owner.OrganizationId}/people",
            new { userName = "ada\n2026-01-01 root signed in", roles = new[] { "ORG_MEMBER" } },
            Cancellation
        );
        person.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var token = await owner.Client.PostAsJsonAsync(
            $"/api/atlas/v2/orgs/{owner.OrganizationId}/liveMigrations/linkTokens",
            new { },
            Cancellation
        );
        await using var host = new TestHost();
        var refused = await Should.ThrowAsync<Agent.AgentException>(
            host.LinkAsync((string)(await TestHub.ReadAsync(token))["linkToken"]!, "host\r\nINFO all is well")
        );
        refused.Code.ShouldBe("VALIDATION_ERROR");
        _ = await owner.Client.GetAsync("/api/atlas/v2/%0a%0dforged", Cancellation);
        hub.Service<HubLog>().Recent.ShouldAllBe(line => !line.Contains('\n') && !line.Contains('\r'));
    }

    [Fact]
    public async Task A_host_sees_and_changes_only_what_is_its_own_organizations()
    {
        await using var stage = await TestMigration.StartAsync();
        var id = await stage.CreateAsync();
        await stage.ReportAsync(id, MigrationActivity.Running);
        var stranger = await stage.JoinStrangerAsync();
        var forged = new ReportedMigration(id, 1, MigrationActivity.Failed, null, new("Forged", "", ""), null);
        (await stranger(forged)).Migrations.ShouldBeEmpty();
        ((string)(await stage.GetOwnAsync(id))["status"]!).ShouldBe("RUNNING");
    }

    [Fact]
    public async Task A_body_that_is_too_large_or_nested_too_deep_is_refused()
    {
        using var large = new HttpRequestMessage(HttpMethod.Post, "/api/atlas/v2/orgs");
        large.Content = new StringContent($$"""{"name":"{{new string('x', 2 * 1024 * 1024)}}"}""");
        large.Headers.ExpectContinue = true;
        (await owner.Client.SendAsync(large, Cancellation)).StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        var deep = new StringContent($"{new string('[', 5000)}{new string(']', 5000)}", Encoding.UTF8);
        (await owner.Client.PostAsync("/api/atlas/v2/orgs", deep, Cancellation)).StatusCode.ShouldBe(
            HttpStatusCode.BadRequest
        );
    }

    private Task<HttpResponseMessage> RegisterAsync(string address) =>
        owner.Client.PostAsJsonAsync(
            $"/api/godwit/v1/groups/{owner.ProjectId}/clusters",
            new JsonObject { ["name"] = "there", ["connectionString"] = address },
            Cancellation
        );
}
