using System.Net;
using System.Text.Json.Nodes;
using Godwit.Contracts.Agents;
using Godwit.Hub.Access;
using Godwit.Hub.Tests.Harness;
using Godwit.Testing;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Hub.Tests;

/// <summary>Times of the week in which a migration may be cut over (P20), on a clock of their own.</summary>
[Requirement("D06")]
public sealed class CutoverWindowTests : IAsyncLifetime
{
    private TestMigration stage = null!;

    public async ValueTask InitializeAsync() => stage = await TestMigration.StartAsync();

    public ValueTask DisposeAsync() => stage.DisposeAsync();

    [Fact]
    public async Task A_cutover_is_refused_outside_of_them_and_taken_within()
    {
        // Of three hours that begin two hours from now, wherever in the week that is.
        var from = NextHour(stage.Hub.Time).AddHours(2);
        var id = await CreateAsync($"{from:ddd HH:mm}-{from.AddHours(3):HH:mm}");
        await stage.SyncAsync(id);
        ((bool)(await stage.GetOwnAsync(id))["readyForCutover"]!).ShouldBeTrue();
        var refused = await stage.SendAsync(HttpMethod.Post, $"{stage.Own}/{id}/cutover");
        (await TestHub.CodeAsync(refused)).ShouldBe("LIVE_MIGRATION_OUTSIDE_CUTOVER_WINDOW");
        var detail = (string)(await TestHub.ReadAsync(refused))["detail"]!;
        detail.ShouldContain($"{from:yyyy-MM-dd HH:mm}");
        (await stage.ActAsync(id, "pause")).ShouldBeNull();
        (await stage.ActAsync(id, "resume")).ShouldBeNull();
        await stage.SyncAsync(id);

        stage.Hub.Time.Advance(from.AddHours(1) - stage.Hub.Time.GetUtcNow());
        (await stage.ActAsync(id, "cutover")).ShouldBeNull();
        // What has begun within them goes on.
        stage.Hub.Time.Advance(TimeSpan.FromHours(4));
        await stage.ReportAsync(id, MigrationActivity.Committed, "DONE");
        ((string)(await stage.GetOwnAsync(id))["status"]!).ShouldBe("COMPLETE");
    }

    [Fact]
    public async Task A_project_owner_may_change_them_and_nobody_else()
    {
        var never = NextHour(stage.Hub.Time).AddDays(3);
        var id = await CreateAsync($"{never:ddd HH:mm}-{never.AddHours(1):HH:mm}");
        await stage.SyncAsync(id);
        var path = $"{stage.Own}/{id}/cutoverWindows";
        var wrong = await stage.SendAsync(
            HttpMethod.Put,
            path,
            new JsonObject { ["cutoverWindows"] = new JsonArray("Sat 02:00-04:00", "at night") }
        );
        (await TestHub.ReadAsync(wrong)).ToJsonString().ShouldContain("cutoverWindows[1]");
        using var operatorClient = await stage.Hub.WithRoleAsync(
            isKey: true,
            stage.Owner.OrganizationId,
            stage.Owner.ProjectId,
            Role.MigrationOperator
        );
        using var none = new StringContent("{}", null, "application/json");
        (await operatorClient.PutAsync(path, none, TestHub.Cancellation)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);

        var changed = await stage.SendAsync(
            HttpMethod.Put,
            path,
            new JsonObject { ["cutoverWindows"] = new JsonArray() }
        );
        changed.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await stage.GetOwnAsync(id))["options"]!["cutoverWindows"].ShouldBeNull();
        (await stage.EventsAsync(id)).ShouldContain("LIVE_MIGRATION_CUTOVER_WINDOWS_CHANGED");
        (await stage.ActAsync(id, "cutover")).ShouldBeNull();
    }

    [Fact]
    public async Task Hours_that_are_none_are_refused_by_their_place()
    {
        var body = stage.Request();
        body["options"] = new JsonObject { ["cutoverWindows"] = new JsonArray("02:00-04:00", "Someday 02:00-04:00") };
        var refused = await stage.SendAsync(HttpMethod.Post, stage.Own, body);
        refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await TestHub.ReadAsync(refused)).ToJsonString().ShouldContain("options.cutoverWindows[1]");
    }

    private async Task<string> CreateAsync(string window)
    {
        var body = stage.Request();
        body["options"] = new JsonObject { ["cutoverWindows"] = new JsonArray(window) };
        var answer = await stage.SendAsync(HttpMethod.Post, stage.Own, body);
        answer.StatusCode.ShouldBe(HttpStatusCode.Created);
        return (string)(await TestHub.ReadAsync(answer))["id"]!;
    }

    private static DateTimeOffset NextHour(FakeTimeProvider time)
    {
        var now = time.GetUtcNow();
        return new DateTimeOffset(now.Year, now.Month, now.Day, now.Hour, 0, 0, TimeSpan.Zero).AddHours(1);
    }
}
