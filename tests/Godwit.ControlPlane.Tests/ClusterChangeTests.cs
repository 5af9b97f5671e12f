using System.Net;
using Godwit.ControlPlane.Tests.Harness;
using Godwit.Testing;
using MongoDB.Bson;
using Shouldly;
using Xunit;

namespace Godwit.ControlPlane.Tests;

/// <summary>The user that a destination was registered with is replaced in the middle of a migration, which is cleaned up by the new one.</summary>
[Requirement("A01")]
public sealed class ClusterChangeTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Another_user_of_the_same_cluster_is_taken_at_any_time_and_another_cluster_never()
    {
        await using var stage = await Stage.SetAsync();
        var id = await stage.MigrateAsync();
        await stage.UntilReadyAsync(id);
        var path = $"{stage.Api.Own}/clusters/shop-cloud";
        var other = await stage.Api.SendAsync(
            HttpMethod.Patch,
            path,
            new { connectionString = stage.Source.PlainAddress }
        );
        (other.Status, (string)other.Body!["errorCode"]!).ShouldBe((HttpStatusCode.Conflict, "CLUSTER_IS_ANOTHER"));

        var admin = stage.Destination.Client.GetDatabase("admin");
        var next = new BsonDocument
        {
            { "createUser", "keeper" },
            { "pwd", "next-Secret" },
            {
                "roles",
                new BsonArray { "root" }
            },
        };
        await admin.RunCommandAsync<BsonDocument>(next, null, Cancellation);
        var address = stage.Destination.PlainAddress.Replace(
            $"root:{Stage.DestinationSecret}@",
            "keeper:next-Secret@",
            StringComparison.Ordinal
        );
        var changed = await stage.Api.SendAsync(HttpMethod.Patch, path, new { connectionString = address });
        changed.Status.ShouldBe(HttpStatusCode.OK, changed.Body?.ToString());
        changed.Body!.ToString().ShouldNotContain("next-Secret");
        await stage.CutOverAsync(id);
        await stage.UntilStatusAsync(id, "COMPLETE");
        (await stage.TemporaryUsersAsync()).ShouldBeEmpty();
    }
}
