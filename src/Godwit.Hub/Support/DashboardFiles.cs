using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.StaticFiles;
using Orleans.Dashboard;

namespace Godwit.Hub.Support;

/// <summary>
/// The files of Orleans' dashboard, out of its package in this process: a host sends figures and no page, since what it sent would run in the
/// browser with the rights of whoever looks.
/// </summary>
internal sealed class DashboardFiles
{
    internal const string Page = "index.html";
    private const string Prefix = "Orleans.Dashboard.wwwroot.";

    /// <summary>Sizes and diagrams are set in style elements and attributes, which can run nothing; scripts come from files alone.</summary>
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
        + "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

    private readonly FileExtensionContentTypeProvider types = new();
    private readonly HashSet<string> names =
    [
        .. typeof(DashboardOptions)
            .Assembly.GetManifestResourceNames()
            // Not the sources that the script was made of: four fifths of it all.
            .Where(name =>
                name.StartsWith(Prefix, StringComparison.Ordinal) && !name.EndsWith(".map", StringComparison.Ordinal)
            ),
    ];

    /// <summary>A file.</summary>
    /// <param name="http">The request.</param>
    /// <param name="name">Its name, in folders divided by dots.</param>
    /// <returns><see langword="null"/> if there is none of this name.</returns>
    internal IResult? Find(HttpContext http, string name)
    {
        if (!names.Contains($"{Prefix}{name}") || !types.TryGetContentType(name, out var type))
        {
            return null;
        }

        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = "private, no-cache";
        headers["Referrer-Policy"] = "same-origin";
        return Results.Stream(typeof(DashboardOptions).Assembly.GetManifestResourceStream($"{Prefix}{name}")!, type);
    }
}
