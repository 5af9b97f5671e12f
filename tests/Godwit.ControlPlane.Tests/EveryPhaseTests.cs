using System.Net;
using Godwit.ControlPlane.Tests.Harness;
using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.ControlPlane.Tests;

/// <summary>Each phase with each thing that may befall it: the host is killed, the Hub is killed, somebody cancels.</summary>
[Trait("Set", "Long")]
public sealed class EveryPhaseTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Phases => ["NEW", "COPYING", "IN_SYNC", "PAUSED", "CUTTING_OVER"];

    [Theory]
    [Requirement("D04")]
    [Requirement("H07")]
    [MemberData(nameof(Phases))]
    public async Task The_host_is_killed_and_the_migration_completes(string phase)
    {
        await using var stage = await Stage.SetAsync();
        var id = await ReachAsync(stage, phase);
        await stage.Agent.KillAsync();
        await stage.Agent.StartAsync();
        await CompleteAsync(stage, id, phase);
    }

    [Theory]
    [Requirement("D04")]
    [Requirement("H07")]
    [MemberData(nameof(Phases))]
    public async Task The_Hub_is_killed_and_the_migration_completes(string phase)
    {
        await using var stage = await Stage.SetAsync();
        var id = await ReachAsync(stage, phase);
        await stage.Hub.KillAsync();
        await stage.Hub.RestartAsync();
        await CompleteAsync(stage, id, phase);
    }

    [Theory]
    [Requirement("D07")]
    [MemberData(nameof(Phases))]
    public async Task It_is_cancelled_and_nothing_is_left_but_the_data(string phase)
    {
        await using var stage = await Stage.SetAsync();
        var id = await ReachAsync(stage, phase);
        var (status, body) = await stage.Api.SendAsync(HttpMethod.Post, $"{stage.Api.Own}/migrations/{id}/cancel");
        // A cutover may have been decided, or be over, by then: it is what it is.
        status.ShouldBeOneOf(
            phase == "CUTTING_OVER" ? [HttpStatusCode.Accepted, HttpStatusCode.Conflict] : [HttpStatusCode.Accepted]
        );
        body.ShouldNotBeNull();
        var ended = await stage.Api.UntilAsync($"{stage.Api.Own}/migrations/{id}", one => one["ended"] is not null);
        ((string)ended["status"]!).ShouldBeOneOf(phase == "CUTTING_OVER" ? ["CANCELLED", "COMPLETE"] : ["CANCELLED"]);
        (await stage.TemporaryUsersAsync()).ShouldBeEmpty();
        await stage.Orders.InsertOneAsync(new BsonDocument("_id", "the source is open"), null, Cancellation);
        var databases = await (await stage.Destination.Client.ListDatabaseNamesAsync(Cancellation)).ToListAsync(
            Cancellation
        );
        if ((string)ended["status"]! == "CANCELLED")
        {
            databases.ShouldNotContain(name => name.Contains("godwit", StringComparison.Ordinal), stage.Agent.Log);
        }
    }

    /// <summary>A migration in a phase; its copy is slowed down, so that there is something to befall.</summary>
    private static async Task<string> ReachAsync(Stage stage, string phase)
    {
        var request = stage.Request();
        request["options"] = new { limits = new { documentsPerSecond = phase == "COPYING" ? 200 : 100_000 } };
        var made = await stage.Api.PostAsync($"{stage.Api.Own}/migrations", request, HttpStatusCode.Created, "");
        var id = (string)made["id"]!;
        switch (phase)
        {
            case "NEW":
                break;
            case "COPYING":
                await stage.Api.UntilAsync(
                    $"{stage.Api.Own}/migrations/{id}",
                    one => (string?)one["phase"] == "COPYING" && (long)one["progress"]!["documentsCopied"]! > 0
                );
                break;
            default:
                await stage.UntilReadyAsync(id);
                if (phase == "PAUSED")
                {
                    await stage.ActAsync(id, "pause");
                    await stage.UntilOwnStatusAsync(id, "PAUSED");
                }
                else if (phase == "CUTTING_OVER")
                {
                    await stage.CutOverAsync(id);
                }

                break;
        }

        return id;
    }

    private static async Task CompleteAsync(Stage stage, string id, string phase)
    {
        if (phase == "PAUSED")
        {
            await stage.UntilOwnStatusAsync(id, "PAUSED");
            await stage.ActAsync(id, "resume");
        }

        if (phase != "CUTTING_OVER")
        {
            await stage.UntilReadyAsync(id);
            await stage.CutOverAsync(id);
        }

        await stage.UntilStatusAsync(id, "COMPLETE");
        await stage.ShouldBeIdenticalAsync(Stage.Documents);
        (await stage.TemporaryUsersAsync()).ShouldBeEmpty();
    }
}
