using System.Net;
using System.Security.Cryptography;
using System.Text;
using Godwit.Agent.Identity;
using Godwit.Agent.Inventory;
using Godwit.Contracts;

namespace Godwit.Agent.Local;

/// <summary>
/// A page of the host's own, on loopback: links it by a pasted token (Connect), lets its clusters be looked at anew (Refresh), and agrees to
/// migrations (A04). The address that is printed lets one browser in, once; requests of other pages or by other names are refused (P9).
/// </summary>
internal sealed class LocalPage : IDisposable
{
    private const string Cookie = "godwit-local";
    private const int BodyBytesMax = 64 * 1024;
    private readonly AgentFolder folder;
    private readonly string? hostName;
    private readonly int port;
    private readonly HttpListener listener = new();
    private readonly string session = NewSecret();
    private string? entry = NewSecret();

    /// <exception cref="HttpListenerException">The port is taken.</exception>
    internal LocalPage(AgentFolder folder, string? hostName, int port)
    {
        (this.folder, this.hostName, this.port) = (folder, hostName, port);
        listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        listener.Start();
    }

    /// <summary>Lets one browser in.</summary>
    internal Uri Link => new($"http://127.0.0.1:{port}/?token={entry}");

    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var stopping = cancellationToken.Register(listener.Stop).ConfigureAwait(false);
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await listener.GetContextAsync().ConfigureAwait(false);
            }
            catch (Exception) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }

            try
            {
                await AnswerAsync(context, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception broken) when (broken is HttpListenerException or IOException or ObjectDisposedException)
            {
                // The browser has gone away; there will be others.
            }
        }
    }

    public void Dispose() => listener.Close();

    private async Task AnswerAsync(HttpListenerContext context, CancellationToken cancellationToken)
    {
        var request = context.Request;
        var own = $"http://127.0.0.1:{port}";
        // A name that a foreign page has made lead here, or a foreign page itself, is not this page.
        var isForeign =
            request.UserHostName != $"127.0.0.1:{port}"
            || (request.Headers["Origin"] is { Length: > 0 } origin && origin != own);
        if (isForeign || !IsLetIn(context))
        {
            await WriteAsync(
                    context,
                    HttpStatusCode.Forbidden,
                    "Open the address that the command has printed; it works once."
                )
                .ConfigureAwait(false);
            return;
        }

        var said = "";
        if (request.HttpMethod == "POST")
        {
            said = await ActAsync(request, cancellationToken).ConfigureAwait(false);
        }

        await WriteAsync(context, HttpStatusCode.OK, new LocalPageText(folder).Write(said)).ConfigureAwait(false);
    }

    private bool IsLetIn(HttpListenerContext context)
    {
        if (context.Request.Cookies[Cookie] is { } shown && IsSame(shown.Value, session))
        {
            return true;
        }

        if (context.Request.QueryString["token"] is not { } token || entry is null || !IsSame(token, entry))
        {
            return false;
        }

        entry = null;
        context.Response.Headers.Add("Set-Cookie", $"{Cookie}={session}; HttpOnly; SameSite=Strict; Path=/");
        return true;
    }

    private async Task<string> ActAsync(HttpListenerRequest request, CancellationToken cancellationToken)
    {
        try
        {
            switch (request.Url?.AbsolutePath)
            {
                case "/connect":
                    var form = await ReadAsync(request, cancellationToken).ConfigureAwait(false);
                    var link = await new Linker(folder, hostName)
                        .LinkAsync(form.GetValueOrDefault("token", ""), cancellationToken)
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

    private static async Task<Dictionary<string, string>> ReadAsync(
        HttpListenerRequest request,
        CancellationToken cancellationToken
    )
    {
        if (request.ContentLength64 is < 0 or > BodyBytesMax)
        {
            return [];
        }

        using var reader = new StreamReader(request.InputStream, Encoding.UTF8);
        var text = await reader.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
        return text.Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(field => field.Split('=', 2))
            .Where(parts => parts.Length == 2)
            .GroupBy(parts => parts[0], parts => WebUtility.UrlDecode(parts[1]))
            .ToDictionary(group => group.Key, group => group.Last());
    }

    private static async Task WriteAsync(HttpListenerContext context, HttpStatusCode status, string body)
    {
        var response = context.Response;
        response.StatusCode = (int)status;
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.Add("Cache-Control", "no-store");
        response.Headers.Add(
            "Content-Security-Policy",
            $"default-src 'none'; style-src '{LocalPageText.StyleSum}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        );
        // Not "no-referrer": a browser then says of its own forms that they come from nowhere, and they are held to their origin.
        response.Headers.Add("Referrer-Policy", "same-origin");
        await response
            .OutputStream.WriteAsync(Encoding.UTF8.GetBytes(LocalPageText.Around(body)))
            .ConfigureAwait(false);
        response.Close();
    }

    private static bool IsSame(string shown, string expected) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(shown), Encoding.UTF8.GetBytes(expected));

    private static string NewSecret() => JoinToken.NewSecret();
}
