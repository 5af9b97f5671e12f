using System.Net;
using System.Net.Http.Json;
using Godwit.Engine.Mongo.Administration;
using Godwit.Hub.Tests.Harness;
using Godwit.Sandbox;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Hub.Tests;

/// <summary>Users that a Hub has made and does not remember, since it was put back from a backup, are found and removed (P3, P7).</summary>
[Requirement("D07")]
public sealed class TemporaryUserTests
{
    private const string Forgotten = "0123456789abcdef01234567";
    private static CancellationToken Cancellation => TestHub.Cancellation;

    [Fact]
    public async Task A_user_of_a_migration_that_the_Hub_does_not_know_is_named_and_removed_and_another_Hubs_is_not()
    {
        await using var cluster = await SandboxCluster.StartAsync(
            new() { Members = 1, Credential = new("root", "secret") },
            Cancellation
        );
        await using var hub = await TestHub.StartAsync();
        var owner = await hub.OwnerKeyAsync();
        var clusters = $"/api/godwit/v1/groups/{owner.ProjectId}/clusters";
        var address = cluster.ConnectionString;
        var made = await owner.Client.PostAsJsonAsync(
            clusters,
            new { name = "shop-cloud", connectionString = address },
            Cancellation
        );
        made.StatusCode.ShouldBe(HttpStatusCode.Created, await made.Content.ReadAsStringAsync(Cancellation));
        var incarnation = await hub.QueryAsync(database =>
            Destinations.SelfManagedAccess.IncarnationAsync(database, Cancellation)
        );
        await MakeAsync(address, Forgotten, incarnation);
        await MakeAsync(address, "abcdef0123456789abcdef01", "another Hub");

        var users = $"{clusters}/shop-cloud/temporaryUsers";
        var listed = await TestHub.ReadAsync(await owner.Client.GetAsync(users, Cancellation));
        listed
            .AsArray()
            .Select(one => $"{one!["name"]} {one["state"]}")
            .ShouldBe(
                [$"godwit-{Forgotten} LEFT_BEHIND", "godwit-abcdef0123456789abcdef01 OF_ANOTHER_HUB"],
                ignoreOrder: true
            );
        var refused = await owner.Client.DeleteAsync($"{users}/godwit-abcdef0123456789abcdef01", Cancellation);
        (await TestHub.CodeAsync(refused)).ShouldBe("TEMPORARY_USER_IN_USE");
        (await owner.Client.DeleteAsync($"{users}/root", Cancellation)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        var removed = await owner.Client.DeleteAsync($"{users}/godwit-{Forgotten}", Cancellation);
        removed.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await TemporaryUsers.ListAsync(address, Cancellation)).ShouldHaveSingleItem().Owner.ShouldBe("another Hub");
    }

    private static Task MakeAsync(string address, string id, string owner) =>
        TemporaryUsers.EnsureAsync(
            address,
            id,
            "a password",
            ["127.0.0.1"],
            TemporaryUse.BeFilled,
            owner,
            Cancellation
        );
}
