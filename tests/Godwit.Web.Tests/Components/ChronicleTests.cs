using Godwit.Contracts;
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
public sealed class ChronicleTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("D06")]
    public async Task A_migration_that_begins_and_ends_between_two_looks_is_told_to_pages_as_ended()
    {
        await using var kept = new SqliteConnection("Data Source=:memory:");
        await kept.OpenAsync(Cancellation);
        var databases = new Databases(new DbContextOptionsBuilder<HubDatabase>().UseSqlite(kept).Options);
        await using (var database = databases.CreateDbContext())
        {
            await database.Database.EnsureCreatedAsync(Cancellation);
            database.Add(Ended());
            await database.SaveChangesAsync(Cancellation);
        }

        var time = new FakeTimeProvider(Stories.Start);
        var changes = new MigrationChanges();
        using var chronicle = new Chronicle(databases, changes, time, NullLogger<Chronicle>.Instance);
        var told = "";
        chronicle.Changed += id => told = id;
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
        chronicle.Of(Stories.Id)!.Now.Status.ShouldBe("FAILED");
        told.ShouldBe(Stories.Id);
    }

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
