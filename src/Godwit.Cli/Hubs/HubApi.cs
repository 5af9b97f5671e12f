using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Godwit.Agent.Identity;
using Godwit.Contracts;
using Godwit.Contracts.Atlas;

namespace Godwit.Cli.Hubs;

/// <summary>A Hub's API as the command line uses it: by key, in the newest media types, with refusals as they are worded there.</summary>
internal sealed class HubApi : IDisposable
{
    private const string First = "application/vnd.atlas.2023-01-01+json";
    private const string Newest = "application/vnd.atlas.2024-05-30+json";
    private readonly HttpClient client;
    private readonly HubProfile profile;

    internal HubApi(HubProfile profile)
    {
        this.profile = profile;
        var url =
            profile.Url
            ?? throw new HubException(
                ExitCodes.Usage,
                "no Hub is named: godwit auth login, or set GODWIT_HUB_URL, GODWIT_PUBLIC_API_KEY and GODWIT_PRIVATE_API_KEY"
            );
        var handler = NewHandler(profile.AuthorityFile);
        handler.Credentials = new CredentialCache
        {
            { url, "Digest", new NetworkCredential(profile.PublicKey, profile.PrivateKey) },
        };
        client = new(handler) { BaseAddress = url };
    }

    /// <summary>A handler that trusts this authority, or the system's.</summary>
    internal static SocketsHttpHandler NewHandler(string? authorityFile) =>
        new()
        {
            SslOptions = new()
            {
                RemoteCertificateValidationCallback = HubTrust.Validation(
                    authorityFile is null ? null : File.ReadAllText(authorityFile)
                ),
            },
        };

    /// <summary>The organisation: as said, or of the profile.</summary>
    internal string Organization(string? said) => Checked(said ?? profile.OrganizationId, "organization", "--orgId");

    /// <summary>The project: as said, or of the profile.</summary>
    internal string Project(string? said) => Checked(said ?? profile.ProjectId, "project", "--projectId");

    internal Task<JsonNode?> GetAsync(string path, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Get, path, null, cancellationToken);

    /// <summary>Sends a request; <see langword="null"/> if the answer has no body.</summary>
    /// <exception cref="HubException">It is refused, or the Hub does not answer.</exception>
    internal async Task<JsonNode?> SendAsync(
        HttpMethod method,
        string path,
        JsonNode? body,
        CancellationToken cancellationToken
    )
    {
        try
        {
            using var request = new HttpRequestMessage(method, path);
            var type =
                !path.StartsWith("/api/atlas", StringComparison.Ordinal) ? "application/json"
                : body is not null && path.Contains("/groups/", StringComparison.Ordinal) ? Newest
                : First;
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(type));
            request.Content = body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, type);
            using var answer = await client.SendAsync(request, cancellationToken).ConfigureAwait(false);
            var text = await answer.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
            return answer.IsSuccessStatusCode
                ? text.Length == 0
                    ? null
                    : JsonNode.Parse(text)
                : throw Refused(answer.StatusCode, text);
        }
        catch (HttpRequestException away)
        {
            throw Away(away);
        }
        catch (JsonException)
        {
            throw new HubException(ExitCodes.Stopped, $"what answers at {profile.Url} is no Hub");
        }
    }

    /// <summary>Writes what a path answers with into a file.</summary>
    /// <exception cref="HubException">It is refused, or the Hub does not answer.</exception>
    internal async Task DownloadAsync(string path, string file, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await client
                .GetAsync(path, HttpCompletionOption.ResponseHeadersRead, cancellationToken)
                .ConfigureAwait(false);
            if (!answer.IsSuccessStatusCode)
            {
                throw Refused(
                    answer.StatusCode,
                    await answer.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false)
                );
            }

            var stream = File.Create(file);
            await using (stream.ConfigureAwait(false))
            {
                await answer.Content.CopyToAsync(stream, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (HttpRequestException away)
        {
            throw Away(away);
        }
    }

    public void Dispose() => client.Dispose();

    private HubException Away(HttpRequestException away) =>
        new(
            ExitCodes.Stopped,
            $"the Hub at {profile.Url} cannot be reached: {away.InnerException?.Message ?? away.Message}"
        );

    private static HubException Refused(HttpStatusCode status, string text)
    {
        var error = text.StartsWith('{') ? ApiJson.Read<ApiError>(text) : null;
        var message = $"{error?.ErrorCode ?? status.ToString()}: {error?.Detail ?? text}";
        return new(
            ExitCodes.Refused,
            status == HttpStatusCode.Unauthorized
                ? $"{message} Set GODWIT_PUBLIC_API_KEY and GODWIT_PRIVATE_API_KEY, or: godwit auth login"
                : message
        );
    }

    private static string Checked(string? id, string what, string option) =>
        id is null ? throw new HubException(ExitCodes.Usage, $"no {what} is named: {option}, or in the profile")
        : ObjectIds.IsValid(id) ? id
        : throw new HubException(ExitCodes.Usage, $"'{id}' is no {what} id: 24 hexadecimal digits");
}
