using System.Net;
using System.Text;
using Godwit.Contracts.Agents;
using Godwit.Hub.Access;
using Godwit.Hub.Tests.Harness;
using Godwit.Testing;
using Microsoft.AspNetCore.Routing;
using Shouldly;
using Xunit;

namespace Godwit.Hub.Tests;

/// <summary>Every endpoint × every role × a person, a key and a service account, against a table that is written here and not read from the Hub (P16).</summary>
[Requirement("B12")]
[Requirement("F01")]
public sealed class RoleMatrixTests
{
    /// <summary>Operation: roles of everybody; after the bar, roles that do for keys only.</summary>
    private static readonly Dictionary<string, string> Expected = new()
    {
        ["ReadOrganization"] = "OO OM PO MO MV CM NM |",
        ["ManageOrganization"] = "OO |",
        ["ManageLinks"] = "OO |",
        ["ReadAvailableProjects"] = "OO PO MO |",
        ["ReadProject"] = "OO OM PO MO MV CM NM |",
        ["ManageProject"] = "PO | OO",
        ["Migrate"] = "PO MO | OO",
        ["ClearDestination"] = "PO | OO",
        ["ReadMigrations"] = "OO OM PO MO MV CM |",
        ["ReadOrganizationMetrics"] = "OO OM |",
        ["PackSupport"] = "PO MO | OO",
        ["InspectHosts"] = "PO MO | OO",
        ["ManageAccessList"] = "PO NM |",
    };

    private static readonly Dictionary<string, string> Roles = new()
    {
        ["OO"] = "ORG_OWNER",
        ["OM"] = "ORG_MEMBER",
        ["PO"] = "GROUP_OWNER",
        ["MO"] = "GROUP_MIGRATION_OPERATOR",
        ["MV"] = "GROUP_MIGRATION_VIEWER",
        ["CM"] = "GROUP_CLUSTER_MONITOR",
        ["NM"] = "GROUP_NETWORK_ACCESS_MANAGER",
    };

    /// <summary>What needs no role: signing in, what is about the caller alone, and what hosts show a certificate for.</summary>
    private static readonly string[] WithoutRole =
    [
        "/",
        "/signIn/{code}",
        "/signOut",
        "/api/atlas/v2",
        "/api/atlas/v2/orgs",
        "/api/openapi.json",
        "/api/reference/{documentName?}",
        "/api/reference/scalar.js",
        "/api/reference/scalar.aspnetcore.js",
        "/api/reference/favicon.svg",
        "/agents/v1/authority",
        "/agents/v1/join",
        "/agents/v1/renew",
        "/agents/v1/self",
        AgentRoutes.LinkStatus,
        "/agents/v1/hostKeys",
        "/agents/v1/statistics",
        "/agents/v1/connection",
        "/agents/v1/connection/negotiate",
    ];

    private const string Unknown = "0123456789abcdef01234567";

    [Fact]
    public async Task Every_endpoint_asks_for_a_role_or_is_known_to_need_none()
    {
        await using var hub = await TestHub.StartAsync();
        Endpoints(hub)
            .Where(endpoint => endpoint.Metadata.GetMetadata<AccessFilter.Needed>() is null)
            .Select(endpoint => endpoint.RoutePattern.RawText!)
            .Except(WithoutRole)
            .ShouldBeEmpty();
    }

    [Fact]
    public async Task Each_role_may_do_what_the_table_says_by_session_key_and_service_account()
    {
        await using var hub = await TestHub.StartAsync();
        var owner = await hub.AdministratorAsync();
        var wrong = new List<string>();
        foreach (var (shortName, role) in Roles)
        {
            var projectId = role.StartsWith("ORG_", StringComparison.Ordinal) ? null : owner.ProjectId;
            foreach (var kind in Enum.GetValues<CallerKind>())
            {
                var isKey = kind != CallerKind.Person;
                using var client = await hub.WithRoleAsync(kind, owner.OrganizationId, projectId, role);
                foreach (var (method, path, operation) in Requests(hub, owner))
                {
                    var status = await StatusAsync(client, method, path);
                    if ((status != HttpStatusCode.Forbidden) != IsExpected(operation, shortName, isKey))
                    {
                        wrong.Add($"{method} {path} as {role} by {kind}: {status}");
                    }
                }
            }
        }

        wrong.ShouldBeEmpty();
    }

    [Fact]
    public async Task Objects_of_other_organizations_do_not_exist_for_a_caller()
    {
        await using var hub = await TestHub.StartAsync();
        var owner = await hub.AdministratorAsync();
        var wrong = new List<string>();
        foreach (var kind in Enum.GetValues<CallerKind>())
        {
            using var stranger = await hub.WithRoleAsync(kind, Unknown, null, "ORG_OWNER");
            foreach (var (method, path, _) in Requests(hub, owner))
            {
                if (await StatusAsync(stranger, method, path) is not HttpStatusCode.NotFound and var status)
                {
                    wrong.Add($"{method} {path}: {status}");
                }
            }
        }

        wrong.ShouldBeEmpty();
    }

    [Fact]
    public async Task Nobody_gets_in_without_credentials()
    {
        await using var hub = await TestHub.StartAsync();
        var owner = await hub.AdministratorAsync();
        using var nobody = hub.Anonymous();
        foreach (var (method, path, _) in Requests(hub, owner))
        {
            (await StatusAsync(nobody, method, path)).ShouldBe(HttpStatusCode.Unauthorized, $"{method} {path}");
        }
    }

    private static bool IsExpected(string operation, string role, bool isKey)
    {
        var parts = Expected[operation].Split('|');
        return parts[0].Split(' ').Contains(role) || (isKey && parts[1].Split(' ').Contains(role));
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, string method, string path)
    {
        using var request = new HttpRequestMessage(new(method), path);
        if (method is not "GET" and not "DELETE")
        {
            request.Content = new StringContent("{}", Encoding.UTF8, "application/json");
        }

        using var answer = await client.SendAsync(
            request,
            HttpCompletionOption.ResponseHeadersRead,
            TestHub.Cancellation
        );
        return answer.StatusCode;
    }

    private static IEnumerable<(string Method, string Path, string Operation)> Requests(
        TestHub hub,
        Administrator owner
    ) =>
        from endpoint in Endpoints(hub)
        let needed = endpoint.Metadata.GetMetadata<AccessFilter.Needed>()
        where needed is not null
        from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods
        let path = endpoint
            .RoutePattern.RawText!.Replace("{orgId}", owner.OrganizationId)
            .Replace("{groupId}", owner.ProjectId)
        select (method, Fill(path), needed.Operation.ToString());

    private static string Fill(string path) => System.Text.RegularExpressions.Regex.Replace(path, @"\{\w+\}", Unknown);

    private static IEnumerable<RouteEndpoint> Endpoints(TestHub hub) =>
        hub.Service<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();
}
