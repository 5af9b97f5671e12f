using System.Net;
using System.Text.Json.Nodes;
using Godwit.Contracts.Agents;
using Godwit.Hub.Links;
using Godwit.Hub.Tests.Harness;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Hub.Tests;

/// <summary>A project's access list: who may reach its clusters for a migration, and that validation looks at it (B07, P18).</summary>
[Requirement("B07")]
public sealed class AccessListTests : IAsyncLifetime
{
    private TestMigration stage = null!;

    private string Path => $"/api/atlas/v2/groups/{stage.Owner.ProjectId}/accessList";

    private static CancellationToken Cancellation => TestHub.Cancellation;

    public async ValueTask InitializeAsync() => stage = await TestMigration.StartAsync();

    public ValueTask DisposeAsync() => stage.DisposeAsync();

    [Fact]
    public async Task Entries_are_added_replaced_listed_lapse_and_are_removed()
    {
        using var manager = await ManagerAsync();
        await AddAsync(manager, new JsonObject { ["cidrBlock"] = "203.0.113.0/24", ["comment"] = "first" });
        await AddAsync(manager, new JsonObject { ["cidrBlock"] = "203.0.113.0/24", ["comment"] = "second" });
        var until = stage.Hub.Time.GetUtcNow().AddHours(6);
        await AddAsync(manager, new JsonObject { ["ipAddress"] = "198.51.100.7", ["deleteAfterDate"] = until });
        (await ListedAsync()).ShouldBe(["203.0.113.0/24 second", "198.51.100.7/32 "]);
        stage.Hub.Time.Advance(TimeSpan.FromHours(7));
        (await ListedAsync()).ShouldBe(["203.0.113.0/24 second"]);
        var gone = await manager.DeleteAsync($"{Path}/203.0.113.0%2F24", Cancellation);
        gone.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await ListedAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("ipAddress", "nowhere")]
    [InlineData("cidrBlock", "10.0.0.0/99")]
    public async Task What_is_no_address_is_refused(string field, string value)
    {
        using var manager = await ManagerAsync();
        var answer = await SendAsync(manager, new JsonObject { [field] = value });
        (await TestHub.CodeAsync(answer)).ShouldBe("VALIDATION_ERROR");
    }

    [Theory]
    [InlineData("192.0.2.0/24", "SUCCESS")]
    [InlineData("203.0.113.0/24", "FAILED")]
    public async Task A_host_that_is_not_on_the_list_fails_the_validation_with_what_to_do(string block, string status)
    {
        using var manager = await ManagerAsync();
        await AddAsync(manager, new JsonObject { ["cidrBlock"] = block });
        var validate = $"{stage.LiveMigrations}/validate";
        var made = await TestHub.ReadAsync(await stage.SendAsync(HttpMethod.Post, validate, stage.Request()));
        await stage.UntilAsync(async () =>
        {
            var orders = await ExchangeAsync((string)made["_id"]!, status == "FAILED");
            return orders.Validations.Count == 0;
        });
        var done = await stage.SendAsync(
            HttpMethod.Get,
            $"/api/godwit/v1/groups/{stage.Owner.ProjectId}/validations/{made["_id"]}"
        );
        var shown = await TestHub.ReadAsync(done);
        ((string)shown["status"]!).ShouldBe(status);
        var check = shown["checks"]!.AsArray().Single(one => (string)one!["id"]! == "access-list")!;
        ((string)check["remedy"]!).Contains("+ Add IP address").ShouldBe(status == "FAILED");
        // One cause, one finding: that the destination refuses the user of a host it keeps out is no other.
        shown["checks"]!
            .AsArray()
            .Count(one => (string)one!["state"]! == "FAILED")
            .ShouldBe(status == "FAILED" ? 1 : 0);
    }

    private Task<HttpClient> ManagerAsync() =>
        stage.Hub.WithRoleAsync(
            true,
            stage.Owner.OrganizationId,
            stage.Owner.ProjectId,
            Access.Role.NetworkAccessManager
        );

    private async Task AddAsync(HttpClient manager, JsonObject entry) =>
        (await SendAsync(manager, entry)).StatusCode.ShouldBe(HttpStatusCode.OK);

    private async Task<HttpResponseMessage> SendAsync(HttpClient manager, JsonObject entry)
    {
        using var body = System.Net.Http.Json.JsonContent.Create(new JsonArray(entry));
        return await manager.PostAsync(Path, body, Cancellation);
    }

    private async Task<IReadOnlyList<string>> ListedAsync() =>
        [
            .. (await TestHub.ReadAsync(await stage.SendAsync(HttpMethod.Get, Path)))["results"]!
                .AsArray()
                .Select(one => $"{one!["cidrBlock"]} {one["comment"]}"),
        ];

    /// <summary>The host says what it has found: nothing wrong, or that it is not let in.</summary>
    private Task<AgentOrders> ExchangeAsync(string validationId, bool isRefused)
    {
        ReportedCheck[] checks = isRefused
            ? [new("reachable-destination", "FAILED", "The destination refused the user or password.", "Check them.")]
            : [];
        var host = new HostReport(
            TestMigration.HostName,
            stage.Version,
            "Linux",
            8,
            1,
            1,
            ["192.0.2.7"],
            stage.HostKey
        );
        var found = new ReportedValidation(validationId, true, checks, "here", "there");
        var report = new AgentReport("instance", host, [], [found], []);
        return stage.Hub.Service<HostExchange>().RunAsync(stage.HostId, "192.0.2.7", report, Cancellation);
    }
}
