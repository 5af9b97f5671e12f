using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Ports;
using Godwit.Engine.Reporting;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Applying;

/// <summary>What becomes of a document that the destination refuses to take.</summary>
[Requirement("S12")]
public sealed class RefusedDocumentTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_that_is_refused_a_few_times_now_and_then_is_written_in_the_end()
    {
        const int refusalsInARow = 8;
        var scenario = new MigrationScenario(70);
        scenario.Load("shop.orders", 30);
        var migration = scenario.Migrate(MigrationScenario.Quick with { CutoverAutomatic = false });
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        for (var round = 1; round <= 4; round++)
        {
            scenario.Destination.Refuse("shop.orders", 7, refusalsInARow);
            scenario.Source.SetByUser("shop.orders", 7, "round", round);
            await scenario.UntilAsync(() => scenario.Destination.Describe() == scenario.Source.Describe());
            scenario.Destination.RefusalsLeft.ShouldBe(0);
        }

        migration.RequestCutover();

        (await run.WaitAsync(TimeSpan.FromSeconds(20), Token)).Verdict.Text.ShouldBe("identical");
    }

    [Fact]
    [Requirement("S19")]
    public async Task One_whose_collection_is_being_renamed_here_is_written_when_that_is_done_however_long_it_takes()
    {
        const int refusals = 40;
        var scenario = new MigrationScenario(72);
        scenario.Load("shop.orders", 30);
        var migration = scenario.Migrate(MigrationScenario.Quick with { CutoverAutomatic = false });
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        var left = refusals;
        scenario.Destination.BeforeWrite = command =>
            command.Collection.Name.ToString() == "shop.orders" && Interlocked.Decrement(ref left) >= 0
                ? throw new ClusterException(Side.Destination, Stage.Write, FaultKind.Moved, "another name", 361)
                : Task.CompletedTask;
        scenario.Source.SetByUser("shop.orders", 7, "round", 1);
        await scenario.UntilAsync(() => left < 0 && scenario.Destination.Describe() == scenario.Source.Describe());
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        migration.RequestCutover();

        (await run.WaitAsync(TimeSpan.FromSeconds(60), Token)).Verdict.Text.ShouldStartWith("identical");
    }

    /// <summary>By another key than <c>_id</c>: documents that were read again are deleted wherever they are, and inserted.</summary>
    [Fact]
    [Requirement("S13")]
    [Requirement("S19")]
    public async Task One_that_is_written_in_two_steps_is_written_when_its_collection_has_been_renamed_here()
    {
        const int refusals = 40;
        var scenario = new MigrationScenario(73, isSourceSharded: true, isDestinationSharded: true);
        scenario.Load("shop.orders", 30);
        var key = new DocumentBuilder { { "number", 1 } }.Build();
        var index = new DocumentBuilder
        {
            { "v", 2 },
            { "key", key },
            { "name", "number_1" },
        }.Build();
        scenario.Source.DefineByUser(
            "shop.orders",
            one => one with { ShardKey = new(key, IsUnique: false), Indexes = [.. one.Indexes, index] }
        );
        var migration = scenario.Migrate(MigrationScenario.Quick with { CutoverAutomatic = false });
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        var (left, deletes) = (refusals, 0);
        scenario.Destination.BeforeWrite = command =>
        {
            if (command.Collection.Name.ToString() != "shop.orders" || Interlocked.Decrement(ref left) < 0)
            {
                return Task.CompletedTask;
            }

            _ = command.Kind == WriteKind.Delete ? Interlocked.Increment(ref deletes) : 0;
            throw new ClusterException(Side.Destination, Stage.Write, FaultKind.Moved, "another name", 361);
        };
        scenario.Source.SetByUser("shop.orders", 7, "round", 1);
        await scenario.UntilAsync(() => left < 0 && scenario.Destination.Describe() == scenario.Source.Describe());
        deletes.ShouldBe(refusals - 1);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        migration.RequestCutover();

        (await run.WaitAsync(TimeSpan.FromSeconds(60), Token)).Verdict.Text.ShouldStartWith("identical");
    }

    [Fact]
    public async Task One_that_is_refused_again_and_again_stops_the_migration_and_is_named()
    {
        var scenario = new MigrationScenario(71);
        scenario.Load("shop.orders", 30);
        var migration = scenario.Migrate(MigrationScenario.Quick with { CutoverAutomatic = false });
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        scenario.Destination.Refuse("shop.orders", 7, int.MaxValue);
        scenario.Source.SetByUser("shop.orders", 7, "round", 1);

        var report = await run.WaitAsync(TimeSpan.FromSeconds(20), Token);

        report.Outcome.ShouldBe(MigrationOutcome.Failed);
        report.Failure.ShouldNotBeNull().Code.ShouldBe("DocumentRefused");
        report.Failure.Message.ShouldContain("_id 7 of shop.orders");
    }
}
