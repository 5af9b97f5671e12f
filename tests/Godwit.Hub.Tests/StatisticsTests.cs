using System.Net;
using Godwit.Agent;
using Godwit.Hub.Links;
using Godwit.Hub.Tests.Harness;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Hub.Tests;

/// <summary>Whether sizes of databases may be asked for is said on the source side, holds for all of its hosts, and validation needs it (A08).</summary>
[Requirement("A08")]
public sealed class StatisticsTests : IAsyncLifetime
{
    private TestMigration stage = null!;

    private static CancellationToken Cancellation => TestHub.Cancellation;

    public async ValueTask InitializeAsync() => stage = await TestMigration.StartAsync();

    public ValueTask DisposeAsync() => stage.DisposeAsync();

    [Fact]
    public async Task Turned_off_it_fails_the_validation_with_how_to_turn_it_on_and_nothing_begins()
    {
        var second = await stage.JoinAsync("vm002.example.com");
        await SetAsync(collects: false);
        (await stage.ExchangeAsync()).WithoutStatistics.ShouldBe([stage.SourceProjectId]);
        (await second.ExchangeAsync()).WithoutStatistics.ShouldBe([stage.SourceProjectId]);
        var check = await ValidateAsync("FAILED");
        check.Remedy.ShouldContain("godwit agent statistics on");
        var refused = await stage.SendAsync(HttpMethod.Post, stage.LiveMigrations, stage.Request());
        refused.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await TestHub.CodeAsync(refused)).ShouldBe("STATISTICS_NOT_COLLECTED");

        await SetAsync(collects: true);
        (await stage.ExchangeAsync()).WithoutStatistics.ShouldBeEmpty();
        (await ValidateAsync("SUCCESS")).State.ShouldBe("PASSED");
        _ = await stage.CreateAsync();
    }

    [Fact]
    public async Task A_project_of_somebody_else_is_none_of_a_hosts()
    {
        using var calls = stage.HostCalls();
        var refused = await Should.ThrowAsync<AgentException>(
            calls.SetStatisticsAsync(new(stage.Owner.ProjectId, false), Cancellation)
        );
        refused.Code.ShouldBe("RESOURCE_NOT_FOUND");
    }

    private async Task SetAsync(bool collects)
    {
        using var calls = stage.HostCalls();
        (await calls.SetStatisticsAsync(new(stage.SourceProjectId, collects), Cancellation)).Collects.ShouldBe(
            collects
        );
    }

    /// <summary>A validation whose host finds nothing wrong.</summary>
    /// <returns>What it says of statistics.</returns>
    private async Task<(string State, string Remedy)> ValidateAsync(string status)
    {
        var validations = $"/api/godwit/v1/groups/{stage.Owner.ProjectId}/validations";
        var made = await TestHub.ReadAsync(await stage.SendAsync(HttpMethod.Post, validations, stage.Request()));
        var id = (string)made["id"]!;
        var found = stage.Report() with { Validations = [new(id, true, [], "here", "there")] };
        await stage.UntilAsync(async () =>
            (await stage.Hub.Service<HostExchange>().RunAsync(stage.HostId, "192.0.2.7", found, Cancellation))
                .Validations
                .Count == 0
        );
        var shown = await TestHub.ReadAsync(await stage.SendAsync(HttpMethod.Get, $"{validations}/{id}"));
        ((string)shown["status"]!).ShouldBe(status);
        var check = shown["checks"]!.AsArray().Single(one => (string)one!["id"]! == "statistics")!;
        return ((string)check["state"]!, (string)check["remedy"]!);
    }
}
