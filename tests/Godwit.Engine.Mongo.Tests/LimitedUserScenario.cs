using System.Globalization;
using System.Text.RegularExpressions;
using Godwit.Engine.Mongo.Administration;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Mongo.Inspection;
using Godwit.Engine.Preflight;
using Godwit.Engine.Reporting;
using Godwit.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using MongoDB.Bson;
using MongoDB.Driver;
using Xunit;

namespace Godwit.Engine.Mongo.Tests;

/// <summary>
/// All that a migration asks of its users, on two clusters of its own whose users hold the documented roles, one action taken away: checks,
/// a migration that is given up and removed, one that is cut over under every kind of change. What came of it is told as lines.
/// </summary>
internal sealed partial class LimitedUserScenario : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly List<string> lines = [];
    private readonly LimitedCluster from;
    private readonly LimitedCluster to;

    private LimitedUserScenario(LimitedCluster from, LimitedCluster to) => (this.from, this.to) = (from, to);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private bool IsSharded => from.IsSharded;

    /// <summary>Runs all of it.</summary>
    /// <param name="isSharded">Whether both sides are sharded clusters.</param>
    /// <param name="lessHere">The action that the user on the source lacks, as it is named; empty for none.</param>
    /// <param name="lessThere">The same on the destination.</param>
    internal static async Task<string> RunAsync(bool isSharded, string lessHere, string lessThere)
    {
        await using var scenario = new LimitedUserScenario(
            await LimitedCluster.StartAsync(isSharded, "rs0", RequiredPrivileges.Source, lessHere),
            await LimitedCluster.StartAsync(isSharded, "rs1", RequiredPrivileges.Destination, lessThere)
        );
        await SampleChanges.LoadAsync(scenario.from.Client, isSharded);
        await scenario.CheckAsync();
        await scenario.TryAsync("given up", scenario.GiveUpAsync);
        await scenario.TryAsync("cut over", scenario.CutOverAsync);
        return string.Join('\n', scenario.lines);
    }

    public async ValueTask DisposeAsync()
    {
        await from.DisposeAsync();
        await to.DisposeAsync();
    }

    private async Task CheckAsync()
    {
        var here = await ClusterInspector.InspectAsync(from.Limited, TimeProvider.System, Token);
        var there = await ClusterInspector.InspectAsync(to.Limited, TimeProvider.System, Token);
        lines.AddRange(
            PreflightChecks
                .Run(here, there, new() { BlockSourceWrites = true })
                // The estimate of a duration is another each time.
                .Where(one => !one.Id.StartsWith("privileges", StringComparison.Ordinal) && one.Id != "oplog-window")
                .Select(one => $"{one.Id} {one.State} {Numbers().Replace(one.Message, "#")}")
        );
        foreach (var one in new[] { here, there })
        {
            lines.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{one.Namespaces.Count} {one.Namespaces.Sum(each => each.DataBytes)} {one.OplogWindow is null} {one.OplogBytesMax is null} {one.FreeDiskBytes is null} {one.DataBearingMembers}"
                )
            );
        }
    }

    private async Task<string> GiveUpAsync()
    {
        await using var source = new MongoSource(MongoAddress.Parse(from.Limited), TimeProvider.System);
        await using var destination = new MongoDestination(MongoAddress.Parse(to.Limited), TimeProvider.System);
        var report = await RunAsync(source, destination, migration => Task.FromResult(Paused(migration)));
        await DestinationClearing.RemoveMigratedAsync(to.Limited, name => name, Token);
        _ = await Migration.CancelAsync(source, destination, new Notices(), TimeProvider.System, Token);
        return $"{report.Outcome} {report.Failure?.Message}";
    }

    private static bool Paused(Migration migration)
    {
        migration.RequestPause();
        return true;
    }

    private async Task<string> CutOverAsync()
    {
        await using var source = new MongoSource(MongoAddress.Parse(from.Limited), TimeProvider.System);
        await using var destination = new MongoDestination(MongoAddress.Parse(to.Limited), TimeProvider.System);
        var isBlocked = false;
        var report = await RunAsync(
            source,
            destination,
            async migration =>
            {
                await SampleChanges.ChangeAsync(from.Client, IsSharded);
                // A mark: once it is there, so is all before it.
                await Condition.UntilAsync(
                    async () =>
                        await to
                            .Client.GetDatabase("shop")
                            .GetCollection<BsonDocument>("late")
                            .CountDocumentsAsync("{}") == 1
                        && migration.Progress.CanCommit,
                    () => $"{migration.Progress.Lag} {string.Join(' ', migration.Progress.Warnings)}",
                    Patience,
                    Token
                );
                isBlocked = await to.RefusesWritesAsync();
                migration.RequestCutover();
                return true;
            }
        );
        return $"{(isBlocked ? "blocked" : "open")} {report.Verdict.Text} {report.Verdict.Reason} {report.WasSourceBlocked} {report.Failure?.Message} {string.Join(' ', report.Remarks)}";
    }

    /// <summary>Runs until it is in sync, does what is to be done then, and waits for its end.</summary>
    private async Task<MigrationReport> RunAsync(
        MongoSource source,
        MongoDestination destination,
        Func<Migration, Task<bool>> whenInSync
    )
    {
        var settings = new MigrationSettings
        {
            VerifyEvery = TimeSpan.FromMilliseconds(200),
            BlockSourceWrites = true,
            // The Sandbox's shards do not let sharding commands of a user pass that passes the block of writes, as MongoDB's do.
            BlockDestinationWrites = !IsSharded,
            CarryZones = IsSharded,
            OutageMax = TimeSpan.FromSeconds(5),
        };
        var migration = new Migration(settings, source, destination, TimeProvider.System, NullLoggerFactory.Instance);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var run = migration.RunAsync(stop.Token);
        try
        {
            await Condition.UntilAsync(
                () => Task.FromResult(migration.Progress.CanCommit || run.IsCompleted),
                () => string.Join(' ', migration.Progress.Warnings),
                Patience,
                Token
            );
            if (!run.IsCompleted)
            {
                var acting = whenInSync(migration);
                await (await Task.WhenAny(acting, run));
            }

            // A cutover that cannot be has been given up, and is said in a warning.
            await Condition.UntilAsync(
                () =>
                    Task.FromResult(
                        run.IsCompleted
                            || migration.Progress.Warnings.Any(one =>
                                one.Contains("cutover", StringComparison.OrdinalIgnoreCase)
                            )
                    ),
                () => "it did not end",
                Patience,
                Token
            );
            lines.AddRange(migration.Progress.Warnings.Select(one => Numbers().Replace(one, "#")));
            await stop.CancelAsync();
            return await run;
        }
        finally
        {
            await stop.CancelAsync();
            await ((Task)run).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task TryAsync(string what, Func<Task<string>> attempt)
    {
        try
        {
            lines.Add($"{what}: {await attempt()}");
        }
        catch (Exception refused)
        {
            lines.Add($"not {what}: {refused.Message}");
        }
    }

    [GeneratedRegex(@"\d+")]
    private static partial Regex Numbers();
}
