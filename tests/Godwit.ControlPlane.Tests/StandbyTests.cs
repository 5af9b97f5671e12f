using System.Net;
using Godwit.ControlPlane.Tests.Harness;
using Godwit.Testing;
using MongoDB.Bson;
using Shouldly;
using Xunit;

namespace Godwit.ControlPlane.Tests;

/// <summary>A standby host goes on with a migration whose host has died, without anybody asking (P6).</summary>
public sealed class StandbyTests
{
    private const string Second = "vm002.example.com";
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Set", "Long")]
    [Requirement("H08")]
    [Requirement("A06")]
    public async Task A_standby_host_takes_over_by_itself_and_completes_the_migration()
    {
        await using var stage = await Stage.SetAsync();
        await using var second = await stage.AddHostAsync(Second);
        var request = stage.Request();
        request["options"] = new { standbyHosts = new[] { Second } };
        var made = await stage.Api.PostAsync($"{stage.Api.Own}/migrations", request, HttpStatusCode.Created, "");
        var id = (string)made["id"]!;
        await stage.UntilReadyAsync(id);
        await stage.Agent.KillAsync();
        await stage.Orders.InsertOneAsync(new BsonDocument("_id", "after its death"), null, Cancellation);
        await stage.Api.UntilAsync(
            $"{stage.Api.LiveMigrations}/{id}",
            now => (string)now["migrationHosts"]![0]! == Second && (bool)now["readyForCutover"]!
        );
        await stage.CutOverAsync(id);
        await stage.UntilStatusAsync(id, "COMPLETE");
        await stage.ShouldBeIdenticalAsync(Stage.Documents + 1);
        (await stage.TemporaryUsersAsync()).ShouldBeEmpty();
    }
}
