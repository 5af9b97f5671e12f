using Godwit.Contracts;
using Godwit.Hub.Api;
using Godwit.Hub.Data;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Hub.Access;

/// <summary>
/// Finds the organisation or project that a path names and asks the role table: what a caller has no role in does not exist for them (404),
/// what their roles do not allow is forbidden (403).
/// </summary>
internal static class AccessFilter
{
    /// <summary>Says, in an endpoint's metadata, what roles are asked for.</summary>
    /// <param name="Operation">What the endpoint does.</param>
    internal sealed record Needed(Operation Operation);

    /// <summary>Lets only callers through whose roles allow it.</summary>
    internal static RouteHandlerBuilder Needs(this RouteHandlerBuilder endpoint, Operation operation) =>
        endpoint
            .WithMetadata(new Needed(operation))
            .AddEndpointFilter(
                async (context, next) =>
                {
                    var http = context.HttpContext;
                    http.Features.Set(await FindAsync(http, operation).ConfigureAwait(false));
                    return await next(context).ConfigureAwait(false);
                }
            );

    /// <summary>What the request is about; set before an endpoint that says <see cref="Needs"/> runs.</summary>
    internal static Scope Scope(this HttpContext http) =>
        http.Features.Get<Scope>() ?? throw new InvalidOperationException("this endpoint asks for no role");

    /// <summary>Who asks; refused if nobody known.</summary>
    internal static Caller Caller(this HttpContext http) => Access.Caller.Of(http.User) ?? throw Refusal.Unauthorized();

    private static async Task<Scope> FindAsync(HttpContext http, Operation operation)
    {
        var caller = http.Caller();
        var database = http.RequestServices.GetRequiredService<HubDatabase>();
        var grants = await database
            .Grants.AsNoTracking()
            .Where(grant => grant.PrincipalId == caller.Id)
            .ToListAsync(http.RequestAborted)
            .ConfigureAwait(false);
        var groupId = http.Request.RouteValues["groupId"] as string;
        var id = Checked(groupId ?? http.Request.RouteValues["orgId"] as string ?? "");
        var project = groupId is null
            ? null
            : await database.Projects.FindAsync([id], http.RequestAborted).ConfigureAwait(false);
        var organization = await database
            .Organizations.FindAsync([project?.OrganizationId ?? id], http.RequestAborted)
            .ConfigureAwait(false);
        var roles = grants
            .Where(grant => grant.OrganizationId == organization?.Id)
            .Where(grant => project is null || grant.ProjectId is null || grant.ProjectId == project.Id)
            .Select(grant => grant.Role)
            .ToList();
        if (organization is null || roles.Count == 0 || (groupId is not null && project is null))
        {
            throw Refusal.NotFound(groupId is null ? "organization" : "group", id);
        }

        return RoleTable.Allows(operation, caller.IsKey, roles)
            ? new(caller, organization, project)
            : throw Refusal.Forbidden(caller, operation);
    }

    private static string Checked(string id) =>
        ObjectIds.IsValid(id) ? id : throw Refusal.BadRequest("INVALID_ID", $"'{id}' is no id: 24 hexadecimal digits.");
}
