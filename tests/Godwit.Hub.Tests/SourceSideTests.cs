using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Agent;
using Godwit.Agent.Identity;
using Godwit.Contracts;
using Godwit.Contracts.Agents;
using Godwit.Hub.Tests.Harness;
using Godwit.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shouldly;
using Xunit;

namespace Godwit.Hub.Tests;

/// <summary>What the source side can ask of its link, and what it is told when something stands between it and the Hub.</summary>
[Requirement("A04")]
public sealed class SourceSideTests
{
    private static CancellationToken Cancellation => TestHub.Cancellation;

    [Fact]
    public async Task Whether_the_link_holds_is_answered_by_the_path_of_Cloud_Managers_API()
    {
        await using var stage = await TestMigration.StartAsync();
        using var client = HostClient(stage);
        var source = await stage.Hub.QueryAsync(database =>
            Task.FromResult(database.Hosts.Select(one => one.OrganizationId).Single())
        );
        var path = AgentRoutes.LinkStatus.Replace("{orgId}", source, StringComparison.Ordinal);
        (await client.GetStringAsync(path, Cancellation)).ShouldBe("""{"status":"SYNCED"}""");
        var foreign = AgentRoutes.LinkStatus.Replace("{orgId}", stage.Owner.OrganizationId, StringComparison.Ordinal);
        (await client.GetAsync(foreign, Cancellation)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        using var nobody = stage.Hub.Anonymous();
        var unknown = await nobody.GetAsync(path, Cancellation);
        unknown.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        ((string)(await TestHub.ReadAsync(unknown))["detail"]!).ShouldContain("proxy");

        (
            await stage.SendAsync(
                HttpMethod.Delete,
                $"/api/atlas/v2/orgs/{stage.Owner.OrganizationId}/liveMigrations/linkTokens",
                accept: "application/vnd.atlas.2023-01-01+json"
            )
        ).IsSuccessStatusCode.ShouldBeTrue();
        (await client.GetStringAsync(path, Cancellation)).ShouldBe("""{"status":"NOT_SYNCED"}""");
    }

    [Fact]
    public async Task A_proxy_that_opens_encrypted_connections_is_named_as_the_likely_cause()
    {
        await using var hub = await TestHub.StartAsync();
        var owner = await hub.OwnerKeyAsync();
        var made = await owner.Client.PostAsJsonAsync(
            $"/api/atlas/v2/orgs/{owner.OrganizationId}/liveMigrations/linkTokens",
            new { },
            Cancellation
        );
        JoinToken.TryParse((string)(await TestHub.ReadAsync(made))["linkToken"]!, out var token).ShouldBeTrue();
        // It passes on what anybody may see, with a certificate of its own.
        await using var proxy = await StartProxyAsync(
            await File.ReadAllTextAsync(Path.Combine(hub.Folder, "authority.pem"), Cancellation)
        );
        var address = proxy
            .Services.GetRequiredService<IServer>()
            .Features.Get<IServerAddressesFeature>()!
            .Addresses.First();
        await using var host = new TestHost();
        var through = (token! with { Hub = new(address) }).Write();
        var refused = await Should.ThrowAsync<AgentException>(host.LinkAsync(through));
        refused.Code.ShouldBe("HUB_NOT_TRUSTED");
        refused.Message.ShouldContain("CN=Inspection");
        refused.Remedy.ShouldContain("proxy");
    }

    private static HttpClient HostClient(TestMigration stage)
    {
        var link = stage.Link;
        return new(
            new SocketsHttpHandler
            {
                SslOptions = new()
                {
                    RemoteCertificateValidationCallback = HubTrust.Validation(link.Authority),
                    ClientCertificates = [stage.Credential()],
                },
            }
        )
        {
            BaseAddress = link.Hub,
        };
    }

    private static async Task<WebApplication> StartProxyAsync(string authority)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Inspection", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        var certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate))
        );
        var proxy = builder.Build();
        proxy.MapGet(AgentRoutes.Authority, () => authority);
        await proxy.StartAsync(Cancellation);
        return proxy;
    }
}
