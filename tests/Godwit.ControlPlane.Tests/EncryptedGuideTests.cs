using System.Net;
using Godwit.ControlPlane.Tests.Harness;
using Godwit.Testing;
using MongoDB.Bson;
using Shouldly;
using Xunit;

namespace Godwit.ControlPlane.Tests;

/// <summary>
/// The guide with users and encryption on both sides, each side known by an authority of its own: the source's CA is a file on the migration
/// host, the destination's is sent along from the Hub.
/// </summary>
public sealed class EncryptedGuideTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("B04")]
    [Requirement("C06")]
    [Requirement("D10")]
    public async Task A_migration_runs_between_clusters_whose_authorities_only_one_side_knows()
    {
        using var here = new TestAuthority("source side");
        using var there = new TestAuthority("destination side");
        await using var stage = await Stage.SetEncryptedAsync(here, there);
        var cluster = await stage.Api.GetAsync($"{stage.Api.Own}/clusters/shop-cloud");
        ((bool)cluster["isEncrypted"]!).ShouldBeTrue();
        ((bool)cluster["hasCertificateAuthority"]!).ShouldBeTrue();
        ((string)cluster["connectionString"]!).ShouldNotContain("tlsCAFile");

        var request = stage.Request();
        var source = (Dictionary<string, object>)request["source"];
        source["ssl"] = true;
        source["caCertificatePath"] = here.AuthorityFile;
        var made = await stage.Api.PostAsync(stage.Api.LiveMigrations, request, HttpStatusCode.Created, "2024-05-30");
        var id = (string)made["_id"]!;
        await stage.UntilReadyAsync(id);
        await stage.Orders.InsertOneAsync(new BsonDocument("_id", "late"), null, Cancellation);
        await stage.CutOverAsync(id);
        await stage.UntilStatusAsync(id, "COMPLETE");
        await stage.ShouldBeIdenticalAsync(Stage.Documents + 1);
        (await stage.TemporaryUsersAsync()).ShouldBeEmpty();
    }

    [Fact]
    [Requirement("C06")]
    public async Task A_CA_file_that_is_missing_on_the_host_is_named_by_the_validation()
    {
        using var here = new TestAuthority("source side");
        using var there = new TestAuthority("destination side");
        await using var stage = await Stage.SetEncryptedAsync(here, there);
        var request = stage.Request();
        var source = (Dictionary<string, object>)request["source"];
        source["ssl"] = true;
        source["caCertificatePath"] = "/nonexistent/ca.pem";
        var validation = await stage.Api.PostAsync(
            $"{stage.Api.LiveMigrations}/validate",
            request,
            HttpStatusCode.OK,
            "2024-05-30"
        );
        var done = await stage.Api.UntilAsync(
            $"{stage.Api.LiveMigrations}/validate/{validation["_id"]}",
            one => (string)one["status"]! != "PENDING"
        );
        ((string)done["status"]!).ShouldBe("FAILED");
        ((string)done["errorMessage"]!).ShouldContain("/nonexistent/ca.pem");
    }
}
