using Godwit.Agent.Identity;
using Godwit.Agent.Inventory;
using Godwit.Agent.Migrations;
using Godwit.Agent.Validation;
using Godwit.Contracts;
using Godwit.Contracts.Agents;
using Godwit.Hub.Tests.Harness;
using Godwit.Sandbox;
using Godwit.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.Hub.Tests;

/// <summary>A copy between two clusters, in hours of its host that begin and end (P9). The hours have a clock of their own; the engine has the real one.</summary>
public sealed class HostHoursTests
{
    private const string Id = "0123456789abcdef01234567";
    private const int Documents = 1000;
    private const int DocumentBytes = 20_000;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private static CancellationToken Cancellation => TestHub.Cancellation;

    [Fact]
    [Trait("Set", "Long")]
    [Requirement("A06")]
    [Requirement("D07")]
    public async Task It_stands_still_outside_of_them_goes_on_within_and_is_followed_at_any_hour_once_it_is_copied()
    {
        await using var source = await StartAsync("here");
        await using var destination = await StartAsync("there");
        using var client = new MongoClient(source.ConnectionString);
        await client
            .GetDatabase("shop")
            .GetCollection<BsonDocument>("orders")
            .InsertManyAsync(
                Enumerable
                    .Range(0, Documents)
                    .Select(i => new BsonDocument { { "_id", i }, { "text", new string('a', DocumentBytes) } }),
                cancellationToken: Cancellation
            );
        var root = Directory.CreateTempSubdirectory("godwit-hours-").FullName;
        try
        {
            var folder = new AgentFolder(root);
            var link = new HubLink(new("https://hub.example.com"), null, "host", "vm001", "s", "p", "o", "Main", "");
            using var keys = HostKeys.Open(folder);
            new Approvals(folder).AllowAll();
            new InventoryFile(folder).Put(new("shop", source.ConnectionString, true));
            // Twenty megabytes at one a second: whatever the machine, the hours end in the middle of the copy.
            new HostLimits(1, MegabytesPerSecond: 1, Hours: ["08:00-20:00"]).Keep(folder);
            var clock = new FakeTimeProvider(new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero));
            var rules = new HostRules(folder, link, clock);
            using var first = NewRunner(folder, link, keys, rules);
            first.Give("hub", Order(keys, destination.ConnectionString));
            using (var stopping = CancellationTokenSource.CreateLinkedTokenSource(Cancellation))
            {
                var running = first.RunAsync(stopping.Token);
                await UntilAsync(first, report => report.Progress is { Phase: "COPYING", BytesCopied: > 0 });
                clock.Advance(TimeSpan.FromHours(9));
                await UntilAsync(first, report => report.Failure?.Code == "MIGRATION_HOST_OUTSIDE_HOURS");
                first.Report.Activity.ShouldBe(MigrationActivity.Waiting);
                first.Report.Progress!.BytesCopied.ShouldBeLessThan((long)Documents * DocumentBytes);

                new HostLimits(1, Hours: ["08:00-20:00"]).Keep(folder);
                clock.Advance(TimeSpan.FromHours(12));
                await UntilAsync(first, report => report.Progress is { Phase: "IN_SYNC" });
                await Condition.UntilAsync(
                    () => Task.FromResult(new MigrationFile(folder).ReadAll().Single().HasCopied),
                    () => "it was not noted that everything is copied",
                    Patience,
                    Cancellation
                );
                await stopping.CancelAsync();
                await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            // The agent is started again, outside of the hours.
            clock.Advance(TimeSpan.FromHours(12));
            rules.Closed().ShouldNotBeNull();
            using var second = NewRunner(folder, link, keys, rules);
            second.Restore(new MigrationFile(folder).ReadAll().Single());
            using (var stopping = CancellationTokenSource.CreateLinkedTokenSource(Cancellation))
            {
                var running = second.RunAsync(stopping.Token);
                await UntilAsync(
                    second,
                    report => report.Activity == MigrationActivity.Running && report.Progress is { Phase: "IN_SYNC" }
                );
                await stopping.CancelAsync();
                await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static MigrationRunner NewRunner(AgentFolder folder, HubLink link, HostKeys keys, HostRules rules) =>
        new(
            new(folder),
            new HostChecks(folder, keys, link, rules, TimeProvider.System),
            new SourceAddress(new(folder), link, keys, rules),
            new(rules.Obstacle, rules.Closed, rules.Bound),
            null,
            TimeProvider.System,
            NullLoggerFactory.Instance,
            () => { }
        );

    private static MigrationOrder Order(HostKeys keys, string destination) =>
        new(
            Id,
            1,
            MigrationGoal.Follow,
            new("shop", "p", null, null, false, null),
            SealedText.Seal(
                destination,
                Convert.FromBase64String(keys.PublicSealingKey),
                DestinationAccess.Purpose("host", Id)
            ),
            null,
            null,
            null,
            false,
            false
        );

    private static async Task<SandboxCluster> StartAsync(string name)
    {
        var set = await SandboxCluster.StartAsync(new() { Members = 1, ReplicaSetName = name }, Cancellation);
        await set.WaitForPrimaryAsync(Cancellation);
        return set;
    }

    private static Task UntilAsync(MigrationRunner runner, Func<ReportedMigration, bool> holds) =>
        Condition.UntilAsync(
            () => Task.FromResult(holds(runner.Report)),
            () => ApiJson.Write(runner.Report),
            Patience,
            Cancellation
        );
}
