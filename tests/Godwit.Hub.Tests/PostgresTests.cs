using Godwit.Contracts.Agents;
using Godwit.Hub.Hosting;
using Godwit.Hub.Tests.Harness;
using Godwit.Testing;
using Godwit.Testing.Servers;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Hub.Tests;

/// <summary>A Hub on PostgreSQL (P19); skipped by name where there is none.</summary>
public sealed class PostgresTests
{
    [Fact]
    [Requirement("D06")]
    public async Task A_migration_lives_on_PostgreSQL_as_it_does_on_SQLite()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var stage = await TestMigration.StartAsync(options => options with { Database = server.Address });
        var id = await stage.CreateAsync();
        await stage.SyncAsync(id);
        stage.Hub.Time.Advance(TimeSpan.FromHours(96));
        await stage.UntilAsync(async () => (await stage.EventsAsync(id)).Contains("LIVE_MIGRATION_EXPIRES_SOON"));
        await stage.SyncAsync(id);
        (await stage.ActAsync(id, "cutover")).ShouldBeNull();
        await stage.ReportAsync(id, MigrationActivity.Committed, "DONE");
        ((string)(await stage.GetAsync(id))["status"]!).ShouldBe("COMPLETE");
    }

    [Fact]
    public async Task A_second_Hub_on_the_same_database_waits_until_the_first_is_gone()
    {
        await using var server = await PostgresServer.StartAsync();
        var first = await StartAsync(server);
        var waiting = StartAsync(server);
        (await Task.WhenAny(waiting, Task.Delay(TimeSpan.FromSeconds(3), TestHub.Cancellation))).ShouldNotBe(waiting);
        await first.DisposeAsync();
        await using var second = await waiting;
        second.Url.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_second_Hub_on_the_same_folder_is_refused()
    {
        await using var hub = await TestHub.StartAsync();
        var refused = await Should.ThrowAsync<IOException>(
            TestHub.StartAsync(hub.Folder, new FakeTimeProvider(hub.Time.GetUtcNow()))
        );
        refused.Message.ShouldContain("another Hub runs on");
    }

    /// <summary>On the system's clock: it is what a Hub that waits goes by.</summary>
    private static Task<HubServer> StartAsync(PostgresServer server) =>
        HubServer.StartAsync(
            new()
            {
                DataDirectory = server.HubFolder,
                Database = server.Address,
                Listen = new(System.Net.IPAddress.Loopback, 0),
            },
            TimeProvider.System,
            TestHub.Cancellation
        );
}
