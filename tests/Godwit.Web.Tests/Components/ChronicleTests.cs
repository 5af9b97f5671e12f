using Godwit.Contracts;
using Godwit.Contracts.Agents;
using Godwit.Hub.Data;
using Godwit.Hub.Migrations;
using Godwit.Hub.Web.Live;
using Godwit.Testing;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Web.Tests.Components;

/// <summary>What open pages are told of migrations.</summary>
[Trait("Set", "Walk")]
public sealed class ChronicleTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("D06")]
    public async Task A_migration_that_begins_and_ends_between_two_looks_is_told_to_pages_as_ended()
    {
        await using var kept = await OpenAsync(Ended());
        var told = "";
        using var chronicle = await LookAsync(kept, id => told = id);
        chronicle.Of(Stories.Id)!.Now.Status.ShouldBe("FAILED");
        told.ShouldBe(Stories.Id);
    }

    [Fact]
    [Requirement("D01")]
    public async Task Every_one_of_ten_thousand_collections_is_told_to_pages()
    {
        var collections = Enumerable
            .Range(0, 10_000)
            .Select(i => new ReportedCollection($"shop.c{i:00000}", 10, 5, 1000, 500, false, false))
            .ToList();
        var whole = new ReportedMigration(
            Stories.Id,
            1,
            MigrationActivity.Running,
            Stories.Progress("COPYING", collections: collections),
            null,
            null
        );
        var record = Ended();
        record.Report = ApiJson.Write(ReportSize.Pack(whole));
        await using var kept = await OpenAsync(record);
        using var chronicle = await LookAsync(kept);
        var told = chronicle.Of(Stories.Id)!.Now.Progress!;
        told.Collections.ShouldBe(collections);
        new MigrationView(record)
            .ToOwn()
            .Progress!.ShouldSatisfyAllConditions(
                shown => shown.Collections.Count.ShouldBe(ReportSize.ShownMax),
                shown => shown.CollectionsCount.ShouldBe(10_000)
            );
    }

    /// <summary>A database that holds one migration.</summary>
    private static async Task<SqliteConnection> OpenAsync(MigrationRecord record)
    {
        var kept = new SqliteConnection("Data Source=:memory:");
        await kept.OpenAsync(Cancellation);
        await using var database = DatabasesOf(kept).CreateDbContext();
        await database.Database.EnsureCreatedAsync(Cancellation);
        database.Add(record);
        await database.SaveChangesAsync(Cancellation);
        return kept;
    }

    /// <summary>A chronicle that has looked at it.</summary>
    private static async Task<Chronicle> LookAsync(SqliteConnection kept, Action<string>? told = null)
    {
        var time = new FakeTimeProvider(Stories.Start);
        var changes = new MigrationChanges();
        var chronicle = new Chronicle(DatabasesOf(kept), changes, time, NullLogger<Chronicle>.Instance);
        chronicle.Changed += id => told?.Invoke(id);
        await chronicle.StartAsync(Cancellation);
        changes.Note(Stories.Id);
        await Condition.UntilAsync(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return Task.FromResult(chronicle.Of(Stories.Id) is not null);
            },
            () => "the chronicle never looked at it",
            TimeSpan.FromMinutes(1),
            Cancellation
        );
        await chronicle.StopAsync(Cancellation);
        return chronicle;
    }

    private static Databases DatabasesOf(SqliteConnection kept) =>
        new(new DbContextOptionsBuilder<HubDatabase>().UseSqlite(kept).Options);

    private static MigrationRecord Ended() =>
        new()
        {
            Id = Stories.Id,
            ProjectId = Stories.Id,
            SourceOrganizationId = Stories.Id,
            HostId = "host",
            State = ApiJson.Write(
                new MigrationState
                {
                    Id = Stories.Id,
                    Plan = new(
                        new("shop", Stories.Id, null, null, false, null),
                        Stories.Id,
                        "host",
                        "vm001",
                        "cluster",
                        "shop-cloud",
                        false,
                        false,
                        false
                    ),
                    Stage = MigrationStage.Ended,
                    Outcome = MigrationOutcome.Failed,
                    CreatedAt = Stories.Start,
                    EndedAt = Stories.Start,
                }
            ),
            CreatedAt = Stories.Start,
        };

    private sealed class Databases(DbContextOptions<HubDatabase> options) : IDbContextFactory<HubDatabase>
    {
        public HubDatabase CreateDbContext() => new(options);
    }
}
