using Godwit.Bson;
using Godwit.Engine.Ports;
using Godwit.Engine.Reporting;
using Godwit.Engine.Tests.Fakes;
using Godwit.Engine.Verifying;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests;

/// <summary>A cutover has one outcome, whatever happens on the way: decided with everything there, or given up with the source free.</summary>
public sealed class CutoverTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static MigrationSettings Manual => MigrationScenario.Quick with { CutoverAutomatic = false };

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [Requirement("S26")]
    public async Task A_process_killed_between_any_two_steps_leaves_a_state_that_the_next_one_ends(int offset)
    {
        const int lanesOfTest = 4;
        for (var steps = 1 + offset; ; steps += lanesOfTest)
        {
            var scenario = WithConstraints(30 + steps);
            if (!await KillInCutoverAsync(scenario, steps))
            {
                steps.ShouldBeGreaterThan(10, "the cutover has more steps than that");
                return;
            }

            var wasOpen = scenario.JournalState() is "Decided" or "Committed";
            if (!wasOpen)
            {
                var constraints = scenario.Destination.Describe();
                constraints.ShouldNotContain(" unique: ", customMessage: $"killed at step {steps}");
                constraints.ShouldNotContain("expireAfterSeconds", customMessage: $"killed at step {steps}");
            }

            var next = scenario.Migrate(Manual);
            var run = next.RunAsync(Token);
            if (wasOpen)
            {
                scenario.Source.IsBlocked.ShouldBeTrue("only a person lifts the block after the decision");
            }
            else
            {
                await scenario.UntilAsync(() => next.Progress.CanCommit);
                scenario.Source.IsBlocked.ShouldBeFalse($"killed at step {steps}");
                scenario.Source.SetByUser("shop.orders", 1, "note", 1);
                next.RequestCutover();
            }

            var report = await run.WaitAsync(TimeSpan.FromSeconds(30), Token);
            report.Outcome.ShouldBe(MigrationOutcome.Committed, $"killed at step {steps}");
            report.Verdict.Text.ShouldBe("identical", $"killed at step {steps}");
            scenario.Destination.Describe().ShouldBe(scenario.Source.Describe(), $"killed at step {steps}");
            scenario.Destination.IsBlocked.ShouldBeFalse($"killed at step {steps}");
        }
    }

    [Fact]
    [Requirement("S27")]
    public async Task What_a_write_block_would_abort_is_named_and_waited_for()
    {
        var scenario = WithConstraints(41);
        scenario.Source.Obstacles = ["an index build on shop.orders (it would be aborted)"];
        var migration = scenario.Migrate(Manual with { WriteBlockTimeout = TimeSpan.FromMilliseconds(1) });
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        migration.RequestCutover();
        await scenario.UntilAsync(() => migration.Progress.Warnings.Any(one => one.Contains("cannot be blocked yet")));
        scenario.Source.IsBlocked.ShouldBeFalse();
        scenario.Source.Obstacles = [];
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        migration.RequestCutover();

        var report = await run.WaitAsync(TimeSpan.FromSeconds(20), Token);

        report.Verdict.Text.ShouldBe("identical");
        report.Remarks.ShouldContain(one => one.Contains("an index build on shop.orders"));
    }

    [Fact]
    [Requirement("S28")]
    public Task A_write_just_after_the_final_time_gives_the_cutover_up_and_the_next_one_carries_it() =>
        ExpectGivenUpAsync(
            (source, write) =>
                source.OnNote = text =>
                {
                    if (text.Contains("final time", StringComparison.Ordinal))
                    {
                        source.OnNote = null;
                        write();
                    }
                }
        );

    [Fact]
    [Requirement("S28")]
    public Task A_write_while_the_proof_ends_gives_the_cutover_up_and_the_next_one_carries_it() =>
        ExpectGivenUpAsync(
            (source, write) =>
                source.HoldNote = text =>
                {
                    if (text.Contains("decision", StringComparison.Ordinal))
                    {
                        source.HoldNote = null;
                        write();
                    }

                    return Task.CompletedTask;
                }
        );

    private static async Task ExpectGivenUpAsync(Action<FakeCluster, Action> arrange)
    {
        var scenario = new MigrationScenario(42);
        scenario.Load("shop.orders", 50);
        var migration = scenario.Migrate(Manual with { BlockSourceWrites = false });
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        arrange(
            scenario.Source,
            () =>
            {
                _ = scenario.Source.PutByUser("shop.orders", scenario.Document(777));
                _ = scenario.Source.CreateByUser("shop.late", RawDocument.Empty);
            }
        );
        migration.RequestCutover();
        await scenario.UntilAsync(() => migration.Progress.Warnings.Any(one => one.Contains("shop.orders")));
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        migration.RequestCutover();

        var report = await run.WaitAsync(TimeSpan.FromSeconds(20), Token);

        report.Verdict.Text.ShouldBe("identical");
        report.Remarks.ShouldContain(one => one.Contains("given up") && one.Contains("shop.orders"));
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe());
    }

    [Fact]
    [Requirement("S28")]
    [Requirement("S23")]
    public async Task Changes_that_are_kept_back_while_the_final_time_is_taken_are_no_differences()
    {
        var scenario = new MigrationScenario(48);
        scenario.Load("shop.orders", 50);
        var migration = scenario.Migrate(Manual with { BlockSourceWrites = false });
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        scenario.Source.HoldNote = async text =>
        {
            if (!text.Contains("final time", StringComparison.Ordinal))
            {
                return;
            }

            // The destination's own document is written again, so that every round would look at it.
            var there = scenario.Destination.Find("shop.orders", 7);
            scenario.Source.SetByUser("shop.orders", 7, "note", 1);
            using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
            while (!limit.IsCancellationRequested && migration.Progress.Differences == 0)
            {
                scenario.Destination.TamperWith("shop.orders", there);
                await Task.Delay(5, Token);
            }
        };
        migration.RequestCutover();

        var report = await run.WaitAsync(TimeSpan.FromSeconds(20), Token);

        report.Verdict.Text.ShouldBe("identical");
        report.Differences.ShouldBeEmpty();
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe());
    }

    [Fact]
    [Requirement("S19")]
    [Requirement("S28")]
    public async Task A_collection_that_comes_while_the_final_time_is_taken_is_carried_over()
    {
        var scenario = new MigrationScenario(49);
        scenario.Load("shop.orders", 50);
        var migration = scenario.Migrate(Manual with { BlockSourceWrites = false });
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        scenario.Source.HoldNote = async text =>
        {
            if (text.Contains("final time", StringComparison.Ordinal))
            {
                scenario.Load("shop.last", 10);
                await scenario.UntilAsync(() => migration.Progress.EventsWaiting > 0);
            }
        };
        migration.RequestCutover();

        var report = await run.WaitAsync(TimeSpan.FromSeconds(20), Token);

        report.Verdict.Text.ShouldBe("identical");
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe());
    }

    [Fact]
    [Requirement("S28")]
    [Requirement("E10")]
    public async Task A_write_after_the_decision_is_named_and_never_reaches_the_destination()
    {
        var scenario = new MigrationScenario(43);
        scenario.Load("shop.orders", 50);
        scenario.Source.Writers = ["till@shop"];
        var migration = scenario.Migrate(
            Manual with
            {
                BlockSourceWrites = false,
                LateWriteWatch = TimeSpan.FromMilliseconds(300),
            }
        );
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        migration.RequestCutover();
        await scenario.UntilAsync(() => migration.Progress.IsDestinationOpen);
        var atDecision = scenario.Destination.Describe();
        _ = _ = scenario.Source.PutByUser("shop.orders", scenario.Document(888));

        var report = await run.WaitAsync(TimeSpan.FromSeconds(20), Token);

        report.Outcome.ShouldBe(MigrationOutcome.Committed);
        report.Verdict.Text.ShouldBe("not proven");
        report.Verdict.Reason.ShouldContain("in shop.orders by till@shop");
        scenario.Destination.Describe().ShouldBe(atDecision);
    }

    [Fact]
    [Requirement("E09")]
    public async Task A_pause_during_a_cutover_gives_it_up_and_frees_the_source()
    {
        var scenario = WithConstraints(44);
        scenario.Source.Obstacles = ["a transaction of somebody, open for 3 s"];
        var migration = scenario.Migrate(Manual with { WriteBlockTimeout = TimeSpan.FromHours(1) });
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        migration.RequestCutover();
        await scenario.UntilAsync(() => migration.Progress.Warnings.Any(one => one.Contains("waits for")));
        migration.RequestPause();

        (await run.WaitAsync(TimeSpan.FromSeconds(20), Token)).Outcome.ShouldBe(MigrationOutcome.Paused);

        scenario.Source.IsBlocked.ShouldBeFalse();
    }

    [Fact]
    [Requirement("S25")]
    public async Task Unique_indexes_are_prepared_as_soon_as_their_collection_is_copied()
    {
        var scenario = WithConstraints(45);
        var migration = scenario.Migrate(Manual);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var run = migration.RunAsync(stop.Token);
        await scenario.UntilAsync(() => scenario.Destination.Describe().Contains("prepareUnique"));
        scenario.JournalState().ShouldBe("None");
        await stop.CancelAsync();
        _ = await Should.ThrowAsync<OperationCanceledException>(run);
    }

    [Fact]
    [Requirement("S21")]
    public async Task Counts_and_hashes_in_the_report_are_those_of_the_cutover_not_of_an_earlier_comparison()
    {
        var scenario = new MigrationScenario(51);
        scenario.Load("shop.orders", 50);
        scenario.Load("shop.still", 10);
        var migration = scenario.Migrate(Manual);
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        scenario.Source.DeleteByUser("shop.orders", 3);
        scenario.Source.SetByUser("shop.orders", 4, "note", "changed");
        _ = scenario.Source.PutByUser("shop.orders", scenario.Document(700));
        _ = scenario.Source.PutByUser("shop.orders", scenario.Document(701));
        migration.RequestCutover();

        var report = await run.WaitAsync(TimeSpan.FromSeconds(20), Token);

        foreach (var row in report.Collections)
        {
            var sums = new DocumentSums();
            var uuid = scenario.Source.State.Catalogue[Namespace.Parse(row.Name)].Uuid;
            using var all = DocumentBatch.Of([.. scenario.Source.State.Of(uuid).Values]);
            sums.Add(all);
            (row.Name, row.Documents, row.Bytes, row.Hash).ShouldBe(
                (row.Name, sums.Documents, sums.Bytes, DocumentSums.TextOf(sums.Sum))
            );
        }
    }

    [Fact]
    [Requirement("S21")]
    public async Task A_collection_whose_time_the_source_no_longer_remembers_has_no_hash_in_the_report()
    {
        var scenario = new MigrationScenario(52);
        scenario.Load("shop.orders", 50);
        scenario.Load("shop.still", 10);
        var migration = scenario.Migrate(Manual);
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        scenario.Source.SetByUser("shop.orders", 4, "note", "changed");
        scenario.Destination.OnJournal = state =>
        {
            if (state == "Decided")
            {
                scenario.Source.ForgetSnapshots();
            }
        };
        migration.RequestCutover();

        var report = await run.WaitAsync(TimeSpan.FromSeconds(20), Token);

        report.Verdict.Text.ShouldBe("identical");
        report.Collections.Single(row => row.Name == "shop.orders").Hash.ShouldBeEmpty();
        report.Collections.Single(row => row.Name == "shop.still").Hash.ShouldNotBeEmpty();
    }

    [Fact]
    [Requirement("S25")]
    public async Task Values_that_a_damaged_source_has_twice_are_named_with_their_keys_before_anything_is_decided()
    {
        var scenario = new MigrationScenario(50);
        scenario.Load("shop.orders", 20);
        var twin = new DocumentBuilder { { "_id", "twin" }, { "number", 7 } }.Build();
        _ = scenario.Source.PutByUser("shop.orders", twin);
        scenario.Define("shop.orders", "number", "unique", true);
        var migration = scenario.Migrate(Manual);
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        migration.RequestCutover();
        await scenario.UntilAsync(() => migration.Progress.Warnings.Any(one => one.Contains("number_1")));
        migration.Progress.Warnings.ShouldContain(one => one.Contains("_id 7 and \"twin\""));
        scenario.JournalState().ShouldBe("None");
        scenario.Source.IsBlocked.ShouldBeFalse();

        scenario.Source.DeleteByUser("shop.orders", "twin");
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        migration.RequestCutover();

        (await run.WaitAsync(TimeSpan.FromSeconds(20), Token)).Verdict.Text.ShouldBe("identical");
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe());
    }

    [Fact]
    [Requirement("D07")]
    public async Task Cancelling_frees_the_source_forgets_the_progress_and_keeps_the_data()
    {
        var scenario = WithConstraints(46);
        for (var steps = 1; scenario.JournalState() != "Blocking"; steps++)
        {
            scenario = WithConstraints(46);
            (await KillInCutoverAsync(scenario, steps)).ShouldBeTrue("a step of the cutover journals the block");
        }

        var isFound = await Migration.CancelAsync(
            scenario.Source,
            scenario.Destination,
            new(),
            TimeProvider.System,
            Token
        );

        isFound.ShouldBeTrue();
        scenario.Source.IsBlocked.ShouldBeFalse();
        scenario.Destination.IsBlocked.ShouldBeFalse();
        scenario.JournalState().ShouldBe("");
        scenario.Destination.Describe().ShouldContain("shop.orders");
        (
            await Migration.CancelAsync(scenario.Source, scenario.Destination, new(), TimeProvider.System, Token)
        ).ShouldBeFalse();
    }

    [Fact]
    [Requirement("D07")]
    public async Task A_decided_cutover_cannot_be_cancelled_and_a_committed_one_shows_its_report_again()
    {
        var scenario = WithConstraints(47);
        for (var steps = 1; scenario.JournalState() != "Decided"; steps++)
        {
            scenario = WithConstraints(47);
            (await KillInCutoverAsync(scenario, steps)).ShouldBeTrue("a step of the cutover journals the decision");
        }

        var refused = await Should.ThrowAsync<MigrationFailedException>(
            Migration.CancelAsync(scenario.Source, scenario.Destination, new(), TimeProvider.System, Token)
        );
        refused.Code.ShouldBe("CutoverDecided");
        var first = await scenario.RunAsync(MigrationScenario.Quick, Token).WaitAsync(TimeSpan.FromSeconds(20), Token);
        var again = await scenario.RunAsync(MigrationScenario.Quick, Token).WaitAsync(TimeSpan.FromSeconds(20), Token);
        first.Verdict.Text.ShouldBe("identical");
        JsonReport.Write(again).ShouldBe(JsonReport.Write(first));
    }

    private static MigrationScenario WithConstraints(int seed)
    {
        var scenario = new MigrationScenario(seed);
        scenario.Destination.CanBlock = true;
        scenario.Load("shop.orders", 20);
        scenario.Define("shop.orders", "number", "unique", true);
        scenario.Define("shop.orders", "t", "expireAfterSeconds", 60);
        return scenario;
    }

    /// <summary>Runs a migration into its cutover and kills it there. False if the cutover ended before that many steps.</summary>
    private static async Task<bool> KillInCutoverAsync(MigrationScenario scenario, int steps)
    {
        var migration = scenario.Migrate(
            Manual with
            {
                CheckpointEvery = TimeSpan.FromHours(1),
                VerifyEvery = TimeSpan.FromHours(1),
            }
        );
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        scenario.Faults.KillAfter(steps);
        migration.RequestCutover();
        try
        {
            _ = await run.WaitAsync(TimeSpan.FromSeconds(20), Token);
        }
        catch (KilledException)
        {
            // That was asked for.
        }

        return scenario.Faults.Revive();
    }
}
