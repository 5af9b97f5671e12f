using System.Net;
using System.Text.Json.Nodes;
using Godwit.Hub.Tests.Harness;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Hub.Tests;

/// <summary>What a destination's authority may be when it is registered (C06).</summary>
[Requirement("C06")]
public sealed class ClusterAuthorityTests
{
    [Theory]
    [InlineData("no certificate", "certificateAuthority")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----", "certificateAuthority")]
    public async Task Only_certificates_are_taken(string sent, string named)
    {
        await using var hub = await TestHub.StartAsync();
        (await FieldAsync(hub, "mongodb://127.0.0.1:1/?tls=true", sent)).ShouldBe(named);
    }

    [Theory]
    [InlineData("/etc/ssl/certs/ca.pem")]
    [InlineData("ca/../../../etc/ssl/ca.pem")]
    [InlineData("%2Fetc%2Fpasswd")]
    public async Task No_file_of_the_Hubs_machine_is_read_but_those_put_there_for_it(string file)
    {
        await using var hub = await TestHub.StartAsync();
        (await FieldAsync(hub, $"mongodb://127.0.0.1:1/?tls=true&tlsCAFile={file}", null)).ShouldBe("connectionString");
    }

    private static async Task<string> FieldAsync(TestHub hub, string address, string? authority)
    {
        var owner = await hub.OwnerKeyAsync();
        var body = new JsonObject
        {
            ["name"] = "there",
            ["connectionString"] = address,
            ["certificateAuthority"] = authority,
        };
        using var content = new StringContent(body.ToJsonString());
        var answer = await owner.Client.PostAsync(
            $"/api/godwit/v1/groups/{owner.ProjectId}/clusters",
            content,
            TestHub.Cancellation
        );
        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        return (string)(await TestHub.ReadAsync(answer))["badRequestDetail"]!["fields"]![0]!["field"]!;
    }
}
