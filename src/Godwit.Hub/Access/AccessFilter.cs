using Godwit.Hub.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Hub.Access;

/// <summary>Lets only those requests through to an endpoint that the role table allows, before anything of their body is read.</summary>
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
                    var scope = await FindAsync(http).ConfigureAwait(false);
                    scope.Require(operation);
                    http.Features.Set(scope);
                    return await next(context).ConfigureAwait(false);
                }
            );

    /// <summary>What the request is about; set before an endpoint that says <see cref="Needs"/> runs.</summary>
    internal static Scope Scope(this HttpContext http) =>
        http.Features.Get<Scope>() ?? throw new InvalidOperationException("this endpoint asks for no role");

    /// <summary>Who asks; refused if nobody known.</summary>
    internal static Caller Caller(this HttpContext http) => Access.Caller.Of(http.User) ?? throw Refusal.Unauthorized();

    /// <summary>Where the request comes from.</summary>
    internal static string? RemoteAddress(this HttpContext http) => http.Connection.RemoteIpAddress?.ToString();

    private static Task<Scope> FindAsync(HttpContext http)
    {
        var gate = http.RequestServices.GetRequiredService<Gate>();
        var routed = http.Request.RouteValues;
        return routed["groupId"] is string groupId
            ? gate.OfProjectAsync(http.Caller(), http.RemoteAddress(), groupId, http.RequestAborted)
            : gate.OfOrganizationAsync(
                http.Caller(),
                http.RemoteAddress(),
                routed["orgId"] as string ?? "",
                http.RequestAborted
            );
    }
}
