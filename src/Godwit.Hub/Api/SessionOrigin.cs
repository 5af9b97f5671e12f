using Microsoft.AspNetCore.Http;

namespace Godwit.Hub.Api;

/// <summary>
/// A request that changes something by a browser's session has to come from this Hub's own pages: another site's could ride on the cookie
/// otherwise. Requests by key carry their proof themselves.
/// </summary>
internal sealed class SessionOrigin(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext http)
    {
        var request = http.Request;
        var changes = !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method);
        if (
            changes
            && http.User.Identity?.AuthenticationType == SignIn.SessionScheme
            && request.Headers.Origin is [{ Length: > 0 } origin]
            && origin != $"{request.Scheme}://{request.Host}"
        )
        {
            throw new Refusal(
                StatusCodes.Status403Forbidden,
                "FOREIGN_ORIGIN",
                $"This request comes from {origin}, not from this Hub's pages."
            );
        }

        return next(http);
    }
}
