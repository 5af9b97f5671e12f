using Godwit.Contracts.Agents;
using Godwit.Hub.Hosting;
using Godwit.Hub.Tests.Harness;
using Godwit.Testing;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Shouldly;
using Xunit;

namespace Godwit.Hub.Tests;

/// <summary>A Hub that was put back from a backup holds still and goes by what its hosts know, never back (P3).</summary>
[Requirement("D04")]
public sealed class RestoreTests : IAsyncLifetime
{
    private TestMigration stage = null!;
    private string id = "";

    private static CancellationToken Cancellation => TestHub.Cancellation;

    public async ValueTask InitializeAsync()
    {
        stage = await TestMigration.StartAsync();
        id = await stage.CreateAsync();
        await stage.SyncAsync(id);
    }

    public ValueTask DisposeAsync() => stage.DisposeAsync();

    [Fact]
    public async Task A_host_that_knows_a_newer_order_makes_the_Hub_hold_still_and_go_by_it()
    {
        byte[] backup = [];
        await stage.RestartHubAsync(async folder => backup = await ReadAsync(folder));
        (await stage.ActAsync(id, "cutover")).ShouldBeNull();
        var told = (await stage.OrderAsync(id))!;
        told.Goal.ShouldBe(MigrationGoal.CutOver);

        // Put back, without anybody saying so: the host's word is enough.
        await stage.RestartHubAsync(folder => PutBackAsync(folder, backup));
        ((string)(await stage.GetOwnAsync(id))["status"]!).ShouldBe("RUNNING");
        var report = new ReportedMigration(id, told.Revision, MigrationActivity.Running, null, null, null, told.Goal);
        (await stage.ExchangeAsync(report)).Migrations.ShouldBeEmpty();
        ((string)(await stage.GetOwnAsync(id))["status"]!).ShouldBe("CUTTING_OVER");
        (await stage.EventsAsync(id)).ShouldContain("LIVE_MIGRATION_ADOPTED");

        // It holds still after a restart, too, and nothing expires, until somebody says that all hosts have reported.
        await stage.RestartHubAsync();
        stage.Hub.Time.Advance(TimeSpan.FromHours(200));
        (await stage.ExchangeAsync(report)).Migrations.ShouldBeEmpty();
        await stage.RestartHubAsync(folder => MarkAsync(folder, isDone: true));
        var order = (await stage.OrderAsync(id))!;
        (order.Goal, order.Revision).ShouldBe((told.Goal, told.Revision));
    }

    [Fact]
    public async Task A_Hub_that_is_said_to_be_restored_gives_no_order_and_lets_nothing_expire()
    {
        await stage.RestartHubAsync(folder => MarkAsync(folder, isDone: false));
        (await stage.OrderAsync(id)).ShouldBeNull();
        stage.Hub.Time.Advance(TimeSpan.FromHours(500));
        var report = new ReportedMigration(id, 1, MigrationActivity.Running, null, null, null, MigrationGoal.Follow);
        (await stage.ExchangeAsync(report)).Migrations.ShouldBeEmpty();
        (await stage.EventsAsync(id)).ShouldNotContain("LIVE_MIGRATION_EXPIRES_SOON");
        await stage.RestartHubAsync(folder => MarkAsync(folder, isDone: true));
        (await stage.OrderAsync(id))!.Goal.ShouldBe(MigrationGoal.Follow);
    }

    [Fact]
    public async Task A_backup_of_a_running_Hub_is_encrypted_and_makes_the_same_Hub_elsewhere()
    {
        const string passphrase = "correct horse battery";
        var options = new HubOptions { DataDirectory = stage.Hub.Folder };
        var folder = Directory.CreateTempSubdirectory("godwit-backup-").FullName;
        try
        {
            var file = Path.Combine(folder, "hub.backup");
            await HubBackup.WriteAsync(options, file, passphrase, Cancellation);
            var packed = await File.ReadAllBytesAsync(file, Cancellation);
            System.Text.Encoding.Latin1.GetString(packed).ShouldNotContain("SQLite");
            System.Text.Encoding.Latin1.GetString(packed).ShouldNotContain("PRIVATE KEY");

            var there = Path.Combine(folder, "put back");
            await Should.ThrowAsync<IOException>(HubBackup.ReadAsync(file, there, "another passphrase", Cancellation));
            await HubBackup.ReadAsync(file, there, passphrase, Cancellation);
            await Should.ThrowAsync<IOException>(HubBackup.ReadAsync(file, there, passphrase, Cancellation));
            foreach (var kept in (string[])["authority.pem", "authority.key"])
            {
                (await File.ReadAllTextAsync(Path.Combine(there, kept), Cancellation)).ShouldBe(
                    await File.ReadAllTextAsync(Path.Combine(stage.Hub.Folder, kept), Cancellation)
                );
            }

            // Its key ring opens what its database holds, and the key of before lets in.
            await using var hub = await TestHub.StartAsync(there, stage.Hub.Time);
            var ring = hub.Service<Access.KeyRing>();
            foreach (var cluster in await hub.QueryAsync(database => database.Clusters.ToListAsync(Cancellation)))
            {
                ring.Open(cluster.SealedAddress, Access.KeyRing.Clusters).ShouldStartWith("mongodb://");
            }

            (await hub.QueryAsync(database => database.Migrations.SingleAsync(Cancellation))).Id.ShouldBe(id);
        }
        finally
        {
            SqliteConnection.ClearAllPools();
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task MarkAsync(string folder, bool isDone) =>
        (await HubRestore.RunAsync(new() { DataDirectory = folder }, isDone, stage.Hub.Time, Cancellation)).ShouldBe(
            isDone
        );

    private static Task<byte[]> ReadAsync(string folder)
    {
        // What is pooled has the file open, and its newest pages beside it.
        SqliteConnection.ClearAllPools();
        return File.ReadAllBytesAsync(Path.Combine(folder, "hub.db"), Cancellation);
    }

    private static async Task PutBackAsync(string folder, byte[] backup)
    {
        SqliteConnection.ClearAllPools();
        foreach (var beside in Directory.GetFiles(folder, "hub.db-*"))
        {
            File.Delete(beside);
        }

        await File.WriteAllBytesAsync(Path.Combine(folder, "hub.db"), backup, Cancellation);
    }
}
