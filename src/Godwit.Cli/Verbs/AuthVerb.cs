using System.CommandLine;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Godwit.Cli.Hubs;

namespace Godwit.Cli.Verbs;

/// <summary><c>godwit auth login</c>: from a sign-in link to a profile with a key of its own.</summary>
internal static class AuthVerb
{
    internal static Command Create()
    {
        var link = new Argument<string>("LINK") { Description = "The sign-in link, as the Hub printed or sent it" };
        var authority = new Option<string?>("--authority")
        {
            Description = "PEM file of the authority the Hub is known by (authority.pem of its data folder)",
            HelpName = "FILE",
        }.ExistingFile();
        var login = new Command("login", "Signs in by a link and keeps an API key in the profile.") { link, authority };
        login.SetAction(
            (parsed, cancellationToken) =>
                HubCommand.GuardAsync(() =>
                    LoginAsync(
                        parsed.GetRequiredValue(HubCommand.Profile),
                        HubCommand.ParseUrl(parsed.GetRequiredValue(link)),
                        parsed.GetValue(authority),
                        cancellationToken
                    )
                )
        );
        return new("auth", "Signing in to a Hub.") { HubCommand.Profile, login };
    }

    private static async Task<int> LoginAsync(
        string profile,
        Uri link,
        string? authority,
        CancellationToken cancellationToken
    )
    {
        using var handler = HubApi.NewHandler(authority);
        handler.CookieContainer = new CookieContainer();
        using var client = new HttpClient(handler) { BaseAddress = new Uri(link, "/") };
        _ = await SendAsync(client, HttpMethod.Post, link.PathAndQuery, null, cancellationToken).ConfigureAwait(false);
        var organization = await FirstAsync(client, "/api/atlas/v2/orgs", cancellationToken).ConfigureAwait(false);
        var project = await FirstAsync(client, $"/api/atlas/v2/orgs/{organization}/groups", cancellationToken)
            .ConfigureAwait(false);
        var key = await SendAsync(
                client,
                HttpMethod.Post,
                $"/api/atlas/v2/orgs/{organization}/apiKeys",
                new JsonObject { ["desc"] = $"godwit on {Dns.GetHostName()}", ["roles"] = new JsonArray("ORG_OWNER") },
                cancellationToken
            )
            .ConfigureAwait(false);
        HubProfiles.Write(
            profile,
            new()
            {
                Url = client.BaseAddress,
                AuthorityFile = authority is null ? null : Path.GetFullPath(authority),
                PublicKey = (string)key["publicKey"]!,
                PrivateKey = (string)key["privateKey"]!,
                OrganizationId = organization,
                ProjectId = project,
            }
        );
        await Console
            .Out.WriteLineAsync(
                $"Profile '{profile}': key {key["publicKey"]}, organization {organization}, project {project}"
            )
            .ConfigureAwait(false);
        return ExitCodes.Success;
    }

    private static async Task<string> FirstAsync(HttpClient client, string path, CancellationToken cancellationToken)
    {
        var page = await SendAsync(client, HttpMethod.Get, path, null, cancellationToken).ConfigureAwait(false);
        return page["results"]?.AsArray().FirstOrDefault() is { } first
            ? (string)first["id"]!
            : throw new HubException(ExitCodes.Refused, $"there is nothing yet at {path}");
    }

    private static async Task<JsonNode> SendAsync(
        HttpClient client,
        HttpMethod method,
        string path,
        JsonObject? body,
        CancellationToken cancellationToken
    )
    {
        try
        {
            using var request = new HttpRequestMessage(method, path);
            request.Content = body is null
                ? null
                : new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
            using var answer = await client.SendAsync(request, cancellationToken).ConfigureAwait(false);
            var text = await answer.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
            var node = text.StartsWith('{') ? JsonNode.Parse(text) : null;
            return answer.IsSuccessStatusCode && node is not null
                ? node
                : throw new HubException(ExitCodes.Refused, $"{node?["errorCode"]}: {node?["detail"]}");
        }
        catch (HttpRequestException away)
        {
            throw new HubException(
                ExitCodes.Stopped,
                $"the Hub at {client.BaseAddress} cannot be reached: {away.InnerException?.Message ?? away.Message}"
            );
        }
    }
}
