using System.Net;
using System.Security.Cryptography;
using System.Text;
using Godwit.Hub.Tests.Harness;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Hub.Tests;

/// <summary>API keys by HTTP digest, as Atlas' clients speak it, and what others may try with it.</summary>
[Requirement("F01")]
public sealed class DigestTests : IAsyncLifetime
{
    private const string Path = "/api/atlas/v2/orgs";
    private TestHub hub = null!;
    private string publicKey = "";
    private string privateKey = "";

    public async ValueTask InitializeAsync()
    {
        hub = await TestHub.StartAsync();
        var owner = await hub.AdministratorAsync();
        var made = await owner.Client.PostAsync(
            $"/api/atlas/v2/orgs/{owner.OrganizationId}/apiKeys",
            new StringContent("""{"desc":"k","roles":["ORG_OWNER"]}"""),
            TestHub.Cancellation
        );
        var key = await TestHub.ReadAsync(made);
        (publicKey, privateKey) = ((string)key["publicKey"]!, (string)key["privateKey"]!);
    }

    public ValueTask DisposeAsync() => hub.DisposeAsync();

    [Fact]
    public async Task A_key_is_let_in_and_a_wrong_one_is_challenged()
    {
        using var right = hub.ByKey(publicKey, privateKey);
        (await right.GetAsync(Path, TestHub.Cancellation)).StatusCode.ShouldBe(HttpStatusCode.OK);
        using var wrong = hub.ByKey(publicKey, "another");
        (await wrong.GetAsync(Path, TestHub.Cancellation)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        using var unknown = hub.ByKey("unknown", privateKey);
        (await unknown.GetAsync(Path, TestHub.Cancellation)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_request_that_was_overheard_cannot_be_sent_again()
    {
        using var client = hub.Anonymous();
        var header = Digest(await NonceAsync(client), Path);
        (await SendAsync(client, header)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await SendAsync(client, header)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_digest_for_one_path_does_not_open_another()
    {
        using var client = hub.Anonymous();
        var header = Digest(await NonceAsync(client), "/api/atlas/v2");
        (await SendAsync(client, header)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_nonce_that_is_old_or_made_up_is_called_stale()
    {
        using var client = hub.Anonymous();
        var nonce = await NonceAsync(client);
        hub.Time.Advance(TimeSpan.FromMinutes(6));
        foreach (var one in (string[])[nonce, "made up"])
        {
            var answer = await SendAsync(client, Digest(one, Path));
            answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
            answer.Headers.WwwAuthenticate.ToString().ShouldContain("stale=true");
        }
    }

    [Fact]
    public async Task The_private_key_is_kept_nowhere()
    {
        var files = HubFolder.Read(hub.Folder);
        files.ShouldNotBeEmpty();
        foreach (var (file, text) in files)
        {
            text.ShouldNotContain(privateKey, Case.Sensitive, file);
            text.ShouldNotContain(Hash($"{publicKey}:MMS Public API:{privateKey}"), Case.Insensitive, file);
        }
    }

    private static async Task<string> NonceAsync(HttpClient client)
    {
        var challenge = await client.GetAsync(Path, TestHub.Cancellation);
        var header = challenge.Headers.WwwAuthenticate.ToString();
        header.ShouldStartWith("Digest realm=\"MMS Public API\"");
        return header.Split("nonce=\"")[1].Split('"')[0];
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, string authorization)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Path);
        request.Headers.TryAddWithoutValidation("Authorization", authorization);
        return await client.SendAsync(request, TestHub.Cancellation);
    }

    private string Digest(string nonce, string uri)
    {
        var secret = Hash($"{publicKey}:MMS Public API:{privateKey}");
        var response = Hash($"{secret}:{nonce}:00000001:abc:auth:{Hash($"GET:{uri}")}");
        return $"Digest username=\"{publicKey}\", realm=\"MMS Public API\", nonce=\"{nonce}\", uri=\"{uri}\", "
            + $"response=\"{response}\", qop=auth, nc=00000001, cnonce=\"abc\", algorithm=MD5";
    }

    private static string Hash(string text) => Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(text)));
}
