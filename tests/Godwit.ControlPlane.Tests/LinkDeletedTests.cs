using System.Net;
using Godwit.ControlPlane.Tests.Harness;
using Godwit.Testing;
using MongoDB.Bson;
using Shouldly;
using Xunit;

namespace Godwit.ControlPlane.Tests;

/// <summary>The link is deleted while a migration runs; a new one brings the host back, and the migration goes on where it was (P8).</summary>
public sealed class LinkDeletedTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("A03")]
    public async Task The_host_lets_go_and_goes_on_once_it_is_linked_again()
    {
        await using var stage = await Stage.SetAsync();
        var tokens = $"/api/atlas/v2/orgs/{stage.Api.OrganizationId}/liveMigrations/linkTokens";
        var id = await stage.MigrateAsync();
        await stage.UntilReadyAsync(id);
        var (refused, _) = await stage.Api.SendAsync(HttpMethod.Delete, tokens);
        refused.ShouldBe(HttpStatusCode.Conflict);
        var (deleted, body) = await stage.Api.SendAsync(HttpMethod.Delete, $"{tokens}?revokeActive=true");
        deleted.ShouldBe(HttpStatusCode.NoContent, body?.ToString());
        await stage.UntilOwnStatusAsync(id, "DISCONNECTED");
        await Condition.UntilAsync(
            () => Task.FromResult(stage.Agent.HasExited),
            () => $"the agent has not stopped: {stage.Agent.Log}",
            TimeSpan.FromMinutes(3),
            Cancellation
        );
        // Nobody follows, and the source is free.
        await stage.Orders.InsertOneAsync(new BsonDocument("_id", "in between"), null, Cancellation);

        await stage.Agent.KillAsync();
        await stage.Agent.RunAsync("unlink");
        var token = await stage.Api.PostAsync(tokens, new { }, HttpStatusCode.OK, "2023-01-01");
        await stage.Agent.LinkAsync((string)token["linkToken"]!, Stage.Host);
        await stage.Agent.StartAsync();
        await stage.UntilReadyAsync(id);
        await stage.CutOverAsync(id);
        await stage.UntilStatusAsync(id, "COMPLETE");
        await stage.ShouldBeIdenticalAsync(Stage.Documents + 1);
        (await stage.TemporaryUsersAsync()).ShouldBeEmpty();
    }
}
