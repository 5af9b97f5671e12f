using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Godwit.Contracts;
using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Godwit.Hub.Data;
using Godwit.Hub.Hosting;
using Godwit.Hub.Notifications;
using Microsoft.AspNetCore.Http;

namespace Godwit.Hub.Providers;

/// <summary>
/// Atlas' Admin API: by HTTP digest with an API key, or by a service account's token. Where it is the Hub's operator says, not who uses
/// the Hub, and it is dialled by the same rule as webhooks (P11).
/// </summary>
internal sealed class AtlasApi : IDisposable
{
    internal const string Clusters = "2024-08-05";
    internal const string First = "2023-01-01";

    private const string Base = "/api/atlas/v2";
    private const int PageSize = 500;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan TokenSlack = TimeSpan.FromMinutes(1);
    private readonly HttpClient client;
    private readonly string? basic;
    private readonly TimeProvider time;
    private (string Text, DateTimeOffset Until)? token;

    /// <param name="isServiceAccount">Whether it is a service account.</param>
    /// <param name="publicId">Public key, or client id.</param>
    /// <param name="secret">Private key, or client secret.</param>
    /// <param name="options">Where the API is.</param>
    /// <param name="rule">What may be dialled.</param>
    /// <param name="time">The clock.</param>
    internal AtlasApi(
        bool isServiceAccount,
        string publicId,
        string secret,
        HubOptions options,
        OutboundRule rule,
        TimeProvider time
    )
    {
        this.time = time;
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            ConnectCallback = async (context, cancellationToken) =>
                new NetworkStream(
                    await rule.ConnectAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, cancellationToken)
                        .ConfigureAwait(false),
                    ownsSocket: true
                ),
        };
        if (isServiceAccount)
        {
            var pair = $"{Uri.EscapeDataString(publicId)}:{Uri.EscapeDataString(secret)}";
            basic = Convert.ToBase64String(Encoding.UTF8.GetBytes(pair));
        }
        else
        {
            handler.Credentials = new CredentialCache
            {
                { options.AtlasUrl, "Digest", new NetworkCredential(publicId, secret) },
            };
        }

        client = new(handler) { BaseAddress = options.AtlasUrl, Timeout = Patience };
    }

    internal static AtlasApi Open(
        AtlasAccount account,
        KeyRing ring,
        HubOptions options,
        OutboundRule rule,
        TimeProvider time
    ) =>
        new(
            account.IsServiceAccount,
            account.PublicId,
            ring.Open(account.SealedSecret, KeyRing.Providers),
            options,
            rule,
            time
        );

    /// <exception cref="AtlasException">It was refused, or could not be asked for.</exception>
    internal async Task<T> GetAsync<T>(string path, CancellationToken cancellationToken, string version = First) =>
        await SendAsync<T>(HttpMethod.Get, path, null, version, cancellationToken).ConfigureAwait(false)
        ?? throw new AtlasException(HttpStatusCode.OK, "NO_BODY", $"{path} has no body");

    /// <summary>All of a paged list.</summary>
    /// <exception cref="AtlasException">It was refused, or could not be asked for.</exception>
    internal async Task<IReadOnlyList<T>> ListAsync<T>(
        string path,
        CancellationToken cancellationToken,
        string version = First
    )
    {
        var all = new List<T>();
        for (var page = 1; ; page++)
        {
            var mark = path.Contains('?', StringComparison.Ordinal) ? '&' : '?';
            var found = await GetAsync<AtlasPage<T>>(
                    $"{path}{mark}itemsPerPage={PageSize}&pageNum={page}",
                    cancellationToken,
                    version
                )
                .ConfigureAwait(false);
            all.AddRange(found.Results);
            if (found.Results.Count < PageSize)
            {
                return all;
            }
        }
    }

    /// <summary>Sends what changes something.</summary>
    /// <exception cref="AtlasException">It was refused, or could not be sent.</exception>
    internal Task SendAsync(
        HttpMethod method,
        string path,
        object? body,
        CancellationToken cancellationToken,
        string version = First
    ) => SendAsync<JsonElement?>(method, path, body, version, cancellationToken);

    public void Dispose() => client.Dispose();

    private async Task<T?> SendAsync<T>(
        HttpMethod method,
        string path,
        object? body,
        string version,
        CancellationToken cancellationToken
    )
    {
        try
        {
            using var request = new HttpRequestMessage(method, Base + path);
            var type = $"application/vnd.atlas.{version}+json";
            request.Headers.Accept.Add(new(type));
            if (body is not null)
            {
                request.Content = new StringContent(ApiJson.Write(body), Encoding.UTF8, type);
            }

            if (basic is not null)
            {
                var bearer = await TokenAsync(cancellationToken).ConfigureAwait(false);
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
            }

            using var answer = await client.SendAsync(request, cancellationToken).ConfigureAwait(false);
            var text = await answer.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
            if (!answer.IsSuccessStatusCode)
            {
                throw AtlasException.Of(answer.StatusCode, text);
            }

            return text.Length == 0 ? default : ApiJson.Read<T>(text);
        }
        catch (Exception fault)
            when (fault is HttpRequestException or JsonException or IOException
                || (fault is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            )
        {
            throw new AtlasException(null, "UNREACHABLE", $"Atlas does not answer as expected: {fault.Message}");
        }
    }

    /// <summary>A token lasts an hour, and asking for them is limited.</summary>
    private async Task<string> TokenAsync(CancellationToken cancellationToken)
    {
        if (token is { } known && known.Until > time.GetUtcNow())
        {
            return known.Text;
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/oauth/token");
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", basic);
        request.Content = new FormUrlEncodedContent([new("grant_type", "client_credentials")]);
        using var answer = await client.SendAsync(request, cancellationToken).ConfigureAwait(false);
        var text = await answer.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        if (!answer.IsSuccessStatusCode)
        {
            throw AtlasException.Of(answer.StatusCode, text);
        }

        using var read = JsonDocument.Parse(text);
        var given = read.RootElement.GetProperty("access_token").GetString()!;
        var lasts = TimeSpan.FromSeconds(read.RootElement.GetProperty("expires_in").GetInt32());
        token = (given, time.GetUtcNow() + lasts - TokenSlack);
        return given;
    }
}

/// <summary>Atlas has refused something, or cannot be asked.</summary>
/// <param name="status">Its status; <see langword="null"/> if it does not answer.</param>
/// <param name="code">Its error code.</param>
/// <param name="message">What it says.</param>
internal sealed class AtlasException(HttpStatusCode? status, string code, string message) : Exception(message)
{
    internal HttpStatusCode? Status { get; } = status;

    internal string Code { get; } = code;

    /// <summary>As whoever asked the Hub is told.</summary>
    internal Refusal ToRefusal() =>
        Status switch
        {
            HttpStatusCode.Unauthorized => Refusal.BadRequest(
                "ATLAS_UNAUTHORIZED",
                "Atlas does not know this key or service account, or does not let it in from the Hub's address."
            ),
            HttpStatusCode.Forbidden => Refusal.BadRequest(
                "ATLAS_FORBIDDEN",
                $"Atlas: {Message} The key or service account needs the role Project Owner."
            ),
            HttpStatusCode.NotFound => Refusal.BadRequest("ATLAS_NOT_FOUND", $"Atlas: {Message}"),
            null => new Refusal(StatusCodes.Status503ServiceUnavailable, "ATLAS_UNREACHABLE", Message),
            _ => Refusal.BadRequest("ATLAS_REFUSED", $"Atlas: {Message} ({Code})"),
        };

    internal static AtlasException Of(HttpStatusCode status, string body)
    {
        try
        {
            var error = ApiJson.Read<Contracts.Atlas.ApiError>(body);
            return new(status, error.ErrorCode, error.Detail ?? error.Reason ?? error.ErrorCode);
        }
        catch (Exception other) when (other is JsonException or FormatException or NotSupportedException)
        {
            return new(status, "UNKNOWN", $"status {(int)status}");
        }
    }
}
