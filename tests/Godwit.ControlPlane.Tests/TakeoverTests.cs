using System.Net;
using Godwit.ControlPlane.Tests.Harness;
using Godwit.Testing;
using MongoDB.Bson;
using Shouldly;
using Xunit;

namespace Godwit.ControlPlane.Tests;

/// <summary>A second host of the source organisation goes on with a migration whose host has died; people on the source side have a say.</summary>
public sealed class TakeoverTests
{
    private const string Second = "vm002.example.com";
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("H08")]
    [Requirement("A06")]
    [Requirement("H07")]
    public async Task A_second_host_takes_over_the_migration_of_one_that_died_and_completes_it()
    {
        await using var stage = await Stage.SetAsync();
        await using var second = await stage.AddHostAsync(Second);
        var id = await stage.MigrateAsync();
        await stage.UntilReadyAsync(id);
        await stage.Agent.KillAsync();
        await stage.Orders.InsertOneAsync(new BsonDocument("_id", "after its death"), null, Cancellation);
        await Condition.UntilAsync(
            async () =>
                (
                    await stage.Api.SendAsync(
                        HttpMethod.Post,
                        $"{stage.Api.Own}/migrations/{id}/takeOver",
                        new { migrationHost = Second }
                    )
                ).Status == HttpStatusCode.Accepted,
            () => "the migration cannot be taken over",
            TimeSpan.FromMinutes(3),
            Cancellation
        );
        await stage.Api.UntilAsync(
            $"{stage.Api.LiveMigrations}/{id}",
            one => (string)one["migrationHosts"]![0]! == Second && (bool)one["readyForCutover"]!
        );
        await stage.CutOverAsync(id);
        await stage.UntilStatusAsync(id, "COMPLETE");
        await stage.ShouldBeIdenticalAsync(Stage.Documents + 1);
        (await stage.TemporaryUsersAsync()).ShouldBeEmpty();
    }

    [Fact]
    [Requirement("A04")]
    public async Task A_migration_waits_until_somebody_on_the_source_side_has_agreed_to_it()
    {
        await using var stage = await Stage.SetAsync("ask", []);
        var id = await stage.MigrateAsync();
        var waiting = await stage.UntilOwnStatusAsync(id, "WAITING");
        ((string)waiting["failure"]!["code"]!).ShouldBe("SOURCE_APPROVAL_NEEDED");
        (await stage.Agent.RunAsync("approve")).ShouldContain("approved");
        await stage.UntilReadyAsync(id);
    }
}
