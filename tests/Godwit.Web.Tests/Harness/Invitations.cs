using System.Net;
using System.Net.Http.Json;
using Godwit.Hub.Tests.Harness;
using Shouldly;

namespace Godwit.Web.Tests.Harness;

/// <summary>People who are let in to a Hub in this process.</summary>
internal static class Invitations
{
    /// <summary>Lets somebody in.</summary>
    /// <returns>The link that signs them in.</returns>
    internal static async Task<string> InviteAsync(
        this TestMigration stage,
        string role = "ORG_MEMBER",
        string projectRole = "GROUP_OWNER",
        string name = "Vera"
    )
    {
        var people = $"/api/godwit/v1/orgs/{stage.Owner.OrganizationId}/people";
        var invited = await stage.Owner.Client.PostAsJsonAsync(
            people,
            new { userName = name, roles = new[] { role } },
            TestHub.Cancellation
        );
        var person = await TestHub.ReadAsync(invited);
        var granted = await stage.Owner.Client.PostAsJsonAsync(
            $"{people}/{person["id"]}/groups/{stage.Owner.ProjectId}",
            new { roles = new[] { projectRole } },
            TestHub.Cancellation
        );
        granted.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        return (string)person["signInLink"]!;
    }
}
