using System.Net;
using System.Text.Json.Nodes;
using Godwit.ControlPlane.Tests.Harness;
using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.ControlPlane.Tests;

/// <summary>Hub and migration host are killed, and what people stop is stopped, with nothing lost, started twice or left behind.</summary>
public sealed class ResilienceTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("A05")]
    [Requirement("D04")]
    [Requirement("H07")]
    public async Task Hub_and_host_are_killed_in_every_phase_and_the_migration_completes()
    {
        await using var stage = await Stage.SetAsync();

        // Before its user is made, or just after.
        var id = await stage.MigrateAsync();
        await stage.Hub.KillAsync();
        await stage.Hub.RestartAsync();
        await stage.UntilReadyAsync(id);
        var deadline = (string)(await stage.Api.GetAsync($"{stage.Api.Own}/migrations/{id}"))["deadline"]!;

        // The host, while the Hub is there; then the Hub, while the host goes on.
        await stage.Agent.KillAsync();
        await stage.Orders.InsertOneAsync(new BsonDocument("_id", "while the host was down"), null, Cancellation);
        await stage.Agent.StartAsync();
        await stage.Hub.KillAsync();
        await stage.Orders.InsertOneAsync(new BsonDocument("_id", "while the Hub was down"), null, Cancellation);
        await Condition.UntilAsync(
            async () => await stage.OrdersThere.CountDocumentsAsync("{}", null, Cancellation) == Stage.Documents + 2,
            () => "the host does not go on without the Hub",
            TimeSpan.FromMinutes(3),
            Cancellation
        );
        await stage.Hub.RestartAsync();
        await stage.UntilReadyAsync(id);
        ((string)(await stage.Api.GetAsync($"{stage.Api.Own}/migrations/{id}"))["deadline"]!).ShouldBe(deadline);

        // Both, as soon as the cutover is asked for.
        await stage.CutOverAsync(id);
        await stage.Hub.KillAsync();
        await stage.Agent.KillAsync();
        await stage.Hub.RestartAsync();
        await stage.Agent.StartAsync();
        await stage.UntilStatusAsync(id, "COMPLETE");
        await stage.ShouldBeIdenticalAsync(Stage.Documents + 2);
        (await stage.TemporaryUsersAsync()).ShouldBeEmpty();
    }

    [Fact]
    [Requirement("D07")]
    [Requirement("C09")]
    public async Task A_cancelled_migration_leaves_the_data_and_nothing_else_and_a_second_one_does_not_merge_into_it()
    {
        await using var stage = await Stage.SetAsync();
        var id = await stage.MigrateAsync();
        await stage.UntilReadyAsync(id);
        await stage.ActAsync(id, "pause");
        await stage.UntilOwnStatusAsync(id, "PAUSED");
        await stage.Orders.InsertOneAsync(new BsonDocument("_id", "while it was paused"), null, Cancellation);
        await stage.ActAsync(id, "resume");
        await stage.UntilReadyAsync(id);
        await stage.ShouldBeIdenticalAsync(Stage.Documents + 1);
        await stage.ActAsync(id, "cancel");
        await stage.UntilOwnStatusAsync(id, "CANCELLED");
        (await stage.TemporaryUsersAsync()).ShouldBeEmpty();
        (await stage.OrdersThere.CountDocumentsAsync("{}", null, Cancellation)).ShouldBe(Stage.Documents + 1);
        var databases = await (await stage.Destination.Client.ListDatabaseNamesAsync(Cancellation)).ToListAsync(
            Cancellation
        );
        databases.ShouldNotContain(name => name.Contains("godwit", StringComparison.Ordinal));

        var again = await stage.MigrateAsync();
        var failed = await stage.UntilOwnStatusAsync(again, "FAILED");
        ((string)failed["failure"]!["code"]!).ShouldBe("DESTINATION_NAMESPACE_EXISTS");
        ((string)failed["failure"]!["message"]!).ShouldContain("shop.orders");
        (await stage.TemporaryUsersAsync()).ShouldBeEmpty();
    }

    [Fact]
    [Requirement("A09")]
    [Requirement("C07")]
    [Requirement("C13")]
    public async Task Credentials_of_a_source_that_is_only_watched_are_asked_for_and_checked()
    {
        await using var stage = await Stage.SetAsync("--monitor-only");
        var request = stage.Request();
        var refused = await stage.Api.SendAsync(HttpMethod.Post, $"{stage.Api.LiveMigrations}/validate", request);
        refused.Status.ShouldBe(HttpStatusCode.BadRequest);
        var wrong = await ValidateAsync(stage, "wrong-Secret");
        ((string)wrong["status"]!).ShouldBe("FAILED");
        ((string)wrong["errorMessage"]!).ShouldContain("The source refused the user or password");
        wrong.ToString().ShouldNotContain("wrong-Secret");
        ((string)(await ValidateAsync(stage, Stage.SourceSecret))["status"]!).ShouldBe("SUCCESS");
        await Condition.UntilAsync(
            async () => (await stage.TemporaryUsersAsync()).Count == 0,
            () => "the users of the validations are still there",
            TimeSpan.FromMinutes(3),
            Cancellation
        );
    }

    private static async Task<JsonNode> ValidateAsync(Stage stage, string password)
    {
        var request = stage.Request();
        var source = (Dictionary<string, object>)request["source"];
        source["managedAuthentication"] = false;
        source["username"] = "root";
        source["password"] = password;
        var made = await stage.Api.PostAsync(
            $"{stage.Api.LiveMigrations}/validate",
            request,
            HttpStatusCode.OK,
            "2024-05-30"
        );
        return await stage.Api.UntilAsync(
            $"{stage.Api.LiveMigrations}/validate/{made["_id"]}",
            one => (string)one["status"]! != "PENDING"
        );
    }
}
