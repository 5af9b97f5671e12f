using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.ControlPlane.Tests.Harness;

/// <summary>A client with an owner's key, by HTTP digest and in Atlas' media types: as a script would be.</summary>
internal sealed class ApiClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private readonly HttpClient client;
    private readonly HubProcess hub;

    public ApiClient(HubProcess hub, string organization, string project, string publicKey, string privateKey)
    {
        (OrganizationId, ProjectId, PublicKey, PrivateKey) = (organization, project, publicKey, privateKey);
        this.hub = hub;
        client = NewHttpClient();
    }

    public string OrganizationId { get; }

    public string ProjectId { get; }

    public string PublicKey { get; }

    public string PrivateKey { get; }

    /// <summary>Path of the project's live migrations in Atlas' API.</summary>
    public string LiveMigrations => $"/api/atlas/v2/groups/{ProjectId}/liveMigrations";

    /// <summary>Path of the project in Godwit's own API.</summary>
    public string Own => $"/api/godwit/v1/groups/{ProjectId}";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A client of the platform's with the same key.</summary>
    public HttpClient NewHttpClient()
    {
        var handler = hub.NewHandler();
        handler.Credentials = new CredentialCache
        {
            { hub.Url, "Digest", new NetworkCredential(PublicKey, PrivateKey) },
        };
        return new(handler) { BaseAddress = hub.Url };
    }

    public async Task<(HttpStatusCode Status, JsonNode? Body)> SendAsync(
        HttpMethod method,
        string path,
        object? body = null,
        string version = "2023-01-01"
    )
    {
        using var request = new HttpRequestMessage(method, path);
        var type = path.StartsWith("/api/atlas", StringComparison.Ordinal)
            ? $"application/vnd.atlas.{version}+json"
            : "application/json";
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(type));
        if (body is not null)
        {
            request.Content = new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, type);
        }

        using var answer = await client.SendAsync(request, Cancellation);
        var text = await answer.Content.ReadAsStringAsync(Cancellation);
        if (answer.IsSuccessStatusCode && text.Length > 0)
        {
            answer.Content.Headers.ContentType!.MediaType.ShouldBe(type);
        }

        return (answer.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text));
    }

    public async Task<JsonNode> GetAsync(string path)
    {
        var (status, body) = await SendAsync(HttpMethod.Get, path);
        status.ShouldBe(HttpStatusCode.OK, body?.ToString());
        return body!;
    }

    public async Task<JsonNode> PostAsync(string path, object body, HttpStatusCode expected, string version)
    {
        var (status, answer) = await SendAsync(HttpMethod.Post, path, body, version);
        status.ShouldBe(expected, answer?.ToString());
        return answer!;
    }

    /// <summary>Looks at a resource until it is as wanted.</summary>
    public async Task<JsonNode> UntilAsync(string path, Func<JsonNode, bool> wanted)
    {
        JsonNode? last = null;
        await Condition.UntilAsync(
            async () =>
            {
                try
                {
                    var (status, body) = await SendAsync(HttpMethod.Get, path);
                    last = body;
                    return status == HttpStatusCode.OK && body is not null && wanted(body);
                }
                catch (HttpRequestException)
                {
                    // The Hub is being started again.
                    return false;
                }
            },
            () => $"{path} did not become so; it is {last}",
            Patience,
            Cancellation
        );
        return last!;
    }

    public void Dispose() => client.Dispose();
}
