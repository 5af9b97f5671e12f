using System.Net;
using System.Security.Cryptography;
using System.Text;
using Godwit.Agent.Identity;
using Godwit.Agent.Inventory;
using Godwit.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Godwit.Agent.Local;

/// <summary>
/// A page of the host's own, on loopback: links it by a pasted token (Connect), lets its clusters be looked at anew (Refresh), and agrees to
/// migrations (A04). The address that is printed lets one browser in, once; requests of other pages or by other names are refused (P9).
/// </summary>
internal sealed class LocalPage : IAsyncDisposable
{
    private const string Cookie = "godwit-local";
    private const long BodyBytesMax = 64 * 1024;
    private readonly AgentFolder folder;
    private readonly string? hostName;
    private readonly WebApplication application;
    private readonly string session = NewSecret();
    private string? entry = NewSecret();

    private LocalPage(AgentFolder folder, string? hostName, int port)
    {
        (this.folder, this.hostName) = (folder, hostName);
        var builder = WebApplication.CreateSlimBuilder();
        _ = builder.Logging.ClearProviders();
        _ = builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = BodyBytesMax;
            kestrel.Listen(IPAddress.Loopback, port);
        });
        application = builder.Build();
        application.Run(AnswerAsync);
    }

    /// <summary>Lets one browser in.</summary>
    internal Uri Link => new($"{Own}/?token={entry}");

    private string Own =>
        application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>Begins to listen.</summary>
    /// <param name="folder">The host's.</param>
    /// <param name="hostName">What it is to be called; <see langword="null"/> for its own name.</param>
    /// <param name="port">Where; 0 for any that is free.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">The port is taken.</exception>
    internal static async Task<LocalPage> StartAsync(
        AgentFolder folder,
        string? hostName,
        int port,
        CancellationToken cancellationToken
    )
    {
        var page = new LocalPage(folder, hostName, port);
        try
        {
            await page.application.StartAsync(cancellationToken).ConfigureAwait(false);
            return page;
        }
        catch
        {
            await page.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public ValueTask DisposeAsync() => application.DisposeAsync();

    private Task AnswerAsync(HttpContext http)
    {
        var request = http.Request;
        // A name that a foreign page has made lead here, or a foreign page itself, is not this page.
        var isForeign =
            $"http://{request.Host}" != Own
            || (request.Headers.Origin is { Count: > 0 } origins && origins.Any(origin => origin != Own));
        return isForeign || !IsLetIn(http)
            ? WriteAsync(
                http,
                StatusCodes.Status403Forbidden,
                "Open the address that the command has printed; it works once."
            )
            : ServeAsync(http);
    }

    private async Task ServeAsync(HttpContext http)
    {
        var said = HttpMethods.IsPost(http.Request.Method) ? await ActAsync(http).ConfigureAwait(false) : "";
        await WriteAsync(http, StatusCodes.Status200OK, new LocalPageText(folder).Write(said)).ConfigureAwait(false);
    }

    private bool IsLetIn(HttpContext http)
    {
        if (http.Request.Cookies[Cookie] is { } shown && IsSame(shown, session))
        {
            return true;
        }

        // Of two that come at once one is let in.
        if (
            http.Request.Query["token"] is not [{ } token]
            || entry is not { } expected
            || !IsSame(token, expected)
            || Interlocked.CompareExchange(ref entry, null, expected) != expected
        )
        {
            return false;
        }

        http.Response.Cookies.Append(
            Cookie,
            session,
            new()
            {
                HttpOnly = true,
                SameSite = SameSiteMode.Strict,
                Path = "/",
            }
        );
        return true;
    }

    private async Task<string> ActAsync(HttpContext http)
    {
        try
        {
            switch (http.Request.Path.Value)
            {
                case "/connect":
                    var token = http.Request.HasFormContentType
                        ? (await http.Request.ReadFormAsync(http.RequestAborted).ConfigureAwait(false))["token"]
                        : default;
                    var link = await new Linker(folder, hostName)
                        .LinkAsync(token.ToString(), http.RequestAborted)
                        .ConfigureAwait(false);
                    return $"Linked to {link.DestinationOrganizationName} at {link.Hub}.";
                case "/refresh":
                    new RefreshMark(folder).Set();
                    return "The clusters are looked at anew.";
                case "/approve" when folder.Read<HubLink>(HubLink.File) is { } linked:
                    new Approvals(folder).Allow(linked.DestinationOrganizationId);
                    return $"Migrations to {linked.DestinationOrganizationName} are approved.";
                default:
                    return "There is nothing to do at this address.";
            }
        }
        catch (AgentException wrong)
        {
            return $"{wrong.Code}: {wrong.Message} {wrong.Remedy}";
        }
    }

    private static Task WriteAsync(HttpContext http, int status, string body)
    {
        var response = http.Response;
        response.StatusCode = status;
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.CacheControl = "no-store";
        response.Headers.ContentSecurityPolicy =
            $"default-src 'none'; style-src '{LocalPageText.StyleSum}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
        // Not "no-referrer": a browser then says of its own forms that they come from nowhere, and they are held to their origin.
        response.Headers["Referrer-Policy"] = "same-origin";
        return response.WriteAsync(LocalPageText.Around(body), http.RequestAborted);
    }

    private static bool IsSame(string shown, string expected) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(shown), Encoding.UTF8.GetBytes(expected));

    private static string NewSecret() => JoinToken.NewSecret();
}
