using Godwit.Hub.Api;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Http;

namespace Godwit.Hub.Web.Hosting;

/// <summary>
/// What every page is held to: nothing is loaded or called from elsewhere, no page is framed, and whoever is not signed in signs in first.
/// Addresses that lead nowhere get a page that says so; the API keeps its own answers.
/// </summary>
internal sealed class PageGuard(RequestDelegate next)
{
    // Components set sizes and colours in style attributes, which can run nothing; style sheets and scripts come from files alone.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; "
        + "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'self'; frame-ancestors 'none'";

    private static readonly PathString[] OwnAnswers = ["/api", "/agents", "/assets", "/_blazor", "/_framework"];

    public async Task InvokeAsync(HttpContext http)
    {
        var isPage = http.GetEndpoint()?.Metadata.GetMetadata<ComponentTypeMetadata>() is not null;
        if (isPage)
        {
            SetHeaders(http.Response.Headers);
            if (MustSignIn(http))
            {
                var asked = $"{http.Request.Path}{http.Request.QueryString}";
                var query = asked.Length > 1 ? $"?next={Uri.EscapeDataString(asked)}" : "";
                http.Response.Redirect($"{http.Request.PathBase}/signIn{query}");
                return;
            }
        }

        await next(http).ConfigureAwait(false);
        if (IsLost(http))
        {
            http.Response.Redirect($"{http.Request.PathBase}/nowhere?path={Uri.EscapeDataString(http.Request.Path)}");
        }
    }

    /// <summary>A form of somebody else's page must not sign anybody in here.</summary>
    internal static void RequireOwnOrigin(HttpRequest request)
    {
        if (request.Headers["Sec-Fetch-Site"] is [{ } site] && site is not ("same-origin" or "none"))
        {
            throw new Refusal(StatusCodes.Status403Forbidden, "FOREIGN_ORIGIN", "This form is not of this Hub.");
        }
    }

    /// <summary>Whether somebody may be sent there: a path here, never an address elsewhere.</summary>
    internal static bool IsLocal(string path) =>
        path is ['/', ..] && !path.StartsWith("//", StringComparison.Ordinal) && !path.Contains('\\');

    private static bool MustSignIn(HttpContext http) =>
        http.User.Identity is not { IsAuthenticated: true }
        && http.GetEndpoint()!.Metadata.GetMetadata<IAllowAnonymous>() is null;

    private static bool IsLost(HttpContext http) =>
        http.Response is { HasStarted: false, StatusCode: StatusCodes.Status404NotFound }
        && http.GetEndpoint() is null
        && HttpMethods.IsGet(http.Request.Method)
        && SignIn.IsBrowser(http)
        && !OwnAnswers.Any(path => http.Request.Path.StartsWithSegments(path));

    private static void SetHeaders(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        // Not "no-referrer": a browser then says of its own forms that they come from nowhere, and they are held to their origin.
        headers["Referrer-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
    }
}
