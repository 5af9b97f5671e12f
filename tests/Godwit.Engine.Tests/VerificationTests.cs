using Godwit.Bson;
using Godwit.Engine.Reporting;
using Godwit.Engine.Scoping;
using Godwit.Engine.Tests.Fakes;
using Godwit.Engine.Verifying;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests;

/// <summary>Whatever is changed behind the engine's back is found, named, and healed or refused, whenever it happens.</summary>
[Requirement("H01")]
public sealed class VerificationTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static MigrationSettings Manual => MigrationScenario.Quick with { CutoverAutomatic = false };

    [Fact]
    [Requirement("S21")]
    public async Task The_first_round_waits_until_the_stream_has_come_to_the_time_of_every_copied_range()
    {
        for (var seed = 1; seed <= 8; seed++)
        {
            var scenario = new MigrationScenario(seed);
            scenario.Load("shop.orders", 100);
            var migration = scenario.Migrate(Manual with { VerifyEvery = TimeSpan.FromHours(1) });
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
            var run = migration.RunAsync(stop.Token);
            var work = scenario.WorkAsync(["shop.orders"], 100, definitions: false, stop.Token);
            await scenario.UntilAsync(() => migration.Progress.CanCommit);
            await stop.CancelAsync();
            _ = await Should.ThrowAsync<OperationCanceledException>(run);
            await work;
        }
    }

    [Fact]
    [Requirement("S22")]
    public async Task What_is_changed_before_the_copy_ends_is_found_and_named()
    {
        var scenario = new MigrationScenario(61);
        scenario.Load("shop.orders", 400);
        scenario.Destination.OnWrite = name =>
        {
            if (name == "shop.orders")
            {
                // The first batch has come, with the documents that are changed; the rest is still to be copied.
                scenario.Destination.OnWrite = null;
                Tamper(scenario);
            }
        };

        var report = await CommitAsync(scenario, MigrationScenario.Quick with { Copiers = 1 });

        report.Verdict.Text.ShouldStartWith("identical");
        scenario.Destination.OnWrite.ShouldBeNull("the tampering must have happened");
        report.Differences.ShouldContain(one => one.Key == "3" && one.What == "different" && one.IsHealed);
        report.Differences.ShouldContain(one => one.Key == "4" && one.What == "missing on the destination");
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe());
    }

    /// <summary>Built on one member after the other (L42).</summary>
    [Fact]
    [Requirement("S19")]
    public async Task An_index_that_no_event_tells_of_is_carried_over_by_the_cutover_and_is_no_difference()
    {
        var scenario = new MigrationScenario(69);
        scenario.Load("shop.orders", 60);
        var migration = scenario.Migrate(Manual);
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        var key = new DocumentBuilder { { "a", 1 } }.Build();
        scenario.Source.DefineSilently(
            "shop.orders",
            new DocumentBuilder
            {
                { "v", 2 },
                { "key", key },
                { "name", "a_1" },
            }.Build()
        );
        migration.RequestCutover();

        var report = await run.WaitAsync(TimeSpan.FromSeconds(60), Token);

        report.Verdict.Text.ShouldBe("identical");
        report.Differences.ShouldBeEmpty();
        scenario.Destination.Describe().ShouldContain("a_1");
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe());
    }

    [Fact]
    [Requirement("S22")]
    [Requirement("S24")]
    public async Task What_is_changed_during_the_commit_is_found_before_it_is_decided()
    {
        var scenario = new MigrationScenario(62);
        scenario.Load("shop.orders", 60);
        scenario.Source.OnNote = text =>
        {
            if (text.Contains("final time", StringComparison.Ordinal))
            {
                scenario.Source.OnNote = null;
                Tamper(scenario);
            }
        };

        var report = await CommitAsync(scenario, MigrationScenario.Quick);

        report.Verdict.Text.ShouldBe("identical after healing 3");
        report
            .Differences.Select(one => one.What)
            .ShouldBe(["different", "missing on the destination", "not on the source"], ignoreOrder: true);
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Requirement("S22")]
    [Requirement("S24")]
    public async Task What_is_changed_between_the_last_comparison_and_the_opening_is_named_and_nothing_is_claimed(
        bool killed
    )
    {
        var scenario = new MigrationScenario(70);
        scenario.Load("shop.orders", 60);
        scenario.Destination.OnJournal = state =>
        {
            if (state == "Decided")
            {
                scenario.Destination.OnJournal = null;
                Tamper(scenario);
                scenario.Destination.DefineByUser("shop.orders", one => one with { Indexes = [] });
                scenario.Faults.KillAfter(killed ? 1 : int.MaxValue);
            }
        };
        if (killed)
        {
            // It dies with its decision saved, before it could look.
            _ = await Should.ThrowAsync<KilledException>(CommitAsync(scenario, MigrationScenario.Quick));
            scenario.Faults.Revive().ShouldBeTrue();
        }

        var report = await CommitAsync(scenario, MigrationScenario.Quick);

        report.Outcome.ShouldBe(MigrationOutcome.Committed);
        report.Verdict.Text.ShouldBe("not proven");
        string[] places = ["shop.orders _id 3", "shop.orders _id 4", "shop.orders _id 1017"];
        places.ShouldAllBe(place => report.Verdict.Reason.Contains(place));
        (await CompareAsync(scenario)).Differences.Count.ShouldBe(4, "nothing is healed once the destination is open");
    }

    /// <summary>
    /// A round compares the destination at a time; what is changed just after it belongs to the next round, however soon its event comes.
    /// </summary>
    [Fact]
    [Requirement("S22")]
    public async Task What_is_changed_just_after_the_time_that_is_compared_is_found_all_the_same()
    {
        var scenario = new MigrationScenario(72);
        scenario.Load("shop.orders", 60);
        var migration = scenario.Migrate(Manual);
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        for (var id = 0; id < 20; id++)
        {
            var isDone = new TaskCompletionSource();
            scenario.Destination.OnIdentify = () =>
            {
                scenario.Destination.OnIdentify = null;
                scenario.Destination.DeleteByUser("shop.orders", id);
                isDone.SetResult();
            };
            await isDone.Task.WaitAsync(TimeSpan.FromSeconds(20), Token);
            await scenario.UntilAsync(() => migration.Progress.Healed == id + 1);
        }

        migration.RequestCutover();
        var report = await run.WaitAsync(TimeSpan.FromSeconds(20), Token);

        report.Verdict.Text.ShouldBe("identical after healing 20");
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe());
    }

    [Fact]
    [Requirement("S24")]
    public async Task A_document_that_differs_again_after_it_was_healed_stops_the_migration()
    {
        var scenario = new MigrationScenario(63);
        scenario.Load("shop.orders", 60);
        var migration = scenario.Migrate(Manual);
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        scenario.Destination.DeleteByUser("shop.orders", 7);
        await scenario.UntilAsync(() => migration.Progress.Healed == 1);
        scenario.Destination.DeleteByUser("shop.orders", 7);

        var report = await run.WaitAsync(TimeSpan.FromSeconds(20), Token);

        report.Outcome.ShouldBe(MigrationOutcome.Failed);
        report.Failure!.Code.ShouldBe("VerificationMismatch");
        report.Failure.Message.ShouldContain("shop.orders");
        report.Verdict.IsProven.ShouldBeFalse();
    }

    [Fact]
    [Requirement("S24")]
    public async Task More_differences_than_the_set_number_stop_the_migration()
    {
        var scenario = new MigrationScenario(64);
        scenario.Load("shop.orders", 60);
        var migration = scenario.Migrate(Manual with { HealingsMax = 5 });
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        for (var id = 0; id < 10; id++)
        {
            scenario.Destination.DeleteByUser("shop.orders", id);
        }

        var report = await run.WaitAsync(TimeSpan.FromSeconds(20), Token);

        report.Failure!.Code.ShouldBe("VerificationMismatch");
        report.Differences.Count.ShouldBeGreaterThan(5);
    }

    [Fact]
    [Requirement("S21")]
    public async Task An_index_dropped_on_the_destination_is_named_and_mended()
    {
        var scenario = new MigrationScenario(65);
        scenario.Load("shop.orders", 20);
        scenario.Define("shop.orders", "t", "sparse", true);
        var migration = scenario.Migrate(Manual);
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        scenario.Destination.DefineByUser(
            "shop.orders",
            one => one with { Indexes = [.. one.Indexes.Where(index => index["name"].AsString != "t_1")] }
        );
        await scenario.UntilAsync(() => migration.Progress.Healed == 1);
        migration.RequestCutover();

        var report = await run.WaitAsync(TimeSpan.FromSeconds(20), Token);

        report.Verdict.Text.ShouldBe("identical after healing 1");
        report.Differences.Single().What.ShouldContain("t_1");
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Requirement("S21")]
    public async Task A_collection_that_only_the_destination_has_is_left_alone_if_asked_for_and_refused_if_not(
        bool ignore
    )
    {
        var scenario = new MigrationScenario(66);
        scenario.Load("shop.orders", 20);
        _ = scenario.Destination.CreateByUser("other.things");
        _ = scenario.Destination.PutByUser("other.things", scenario.Document(1));

        var report = await CommitAsync(scenario, MigrationScenario.Quick with { IgnoreExisting = ignore });

        report.Outcome.ShouldBe(ignore ? MigrationOutcome.Committed : MigrationOutcome.Failed);
        scenario.Destination.Describe().ShouldContain("other.things");
        if (!ignore)
        {
            report.Differences.ShouldContain(one => one.Collection == "other.things");
        }
    }

    [Fact]
    public async Task A_source_collection_under_a_name_that_the_destination_has_is_refused_by_name()
    {
        var scenario = new MigrationScenario(67);
        scenario.Load("shop.orders", 20);
        _ = scenario.Destination.CreateByUser("shop.orders");

        var report = await CommitAsync(scenario, MigrationScenario.Quick with { IgnoreExisting = true });

        report.Failure!.Code.ShouldBe("NamespaceConflict");
        report.Failure.Message.ShouldContain("shop.orders");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [Requirement("S25")]
    public async Task Unique_values_that_move_between_documents_end_under_the_enforced_index(int seed)
    {
        var scenario = new MigrationScenario(seed);
        scenario.Load("shop.orders", 30);
        scenario.Define("shop.orders", "number", "unique", true);
        var migration = scenario.Migrate(Manual);
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => scenario.Destination.Describe().Contains("prepareUnique"));
        var random = new Random(seed);
        var numbers = Enumerable.Range(0, 30).ToArray();
        for (var move = 0; move < 300; move++)
        {
            var (one, other) = (random.Next(30), random.Next(30));
            scenario.Source.SetByUser("shop.orders", one, "number", 1000 + move);
            scenario.Source.SetByUser("shop.orders", other, "number", one == other ? move + 5000 : numbers[one]);
            if (one != other)
            {
                scenario.Source.SetByUser("shop.orders", one, "number", numbers[other]);
                (numbers[one], numbers[other]) = (numbers[other], numbers[one]);
            }
            else
            {
                numbers[one] = move + 5000;
            }

            if (move % 10 == 0)
            {
                await Task.Delay(1, Token);
            }
        }

        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        migration.RequestCutover();
        var report = await run.WaitAsync(TimeSpan.FromSeconds(30), Token);

        report.Verdict.Text.ShouldBe("identical", $"seed {seed}: {report.Failure?.Message}");
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe(), $"seed {seed}");
    }

    [Fact]
    [Requirement("E05")]
    public async Task A_comparison_from_outside_names_every_kind_of_difference()
    {
        var scenario = new MigrationScenario(68);
        scenario.Load("shop.orders", 60);
        _ = await CommitAsync(scenario, MigrationScenario.Quick);
        (await CompareAsync(scenario)).IsIdentical.ShouldBeTrue();
        Tamper(scenario);
        _ = scenario.Destination.CreateByUser("shop.stray");
        scenario.Destination.DefineByUser("shop.orders", one => one with { Indexes = [] });

        var outcome = await CompareAsync(scenario);

        outcome
            .Differences.Select(one => $"{one.Collection} {one.Key} {one.What}")
            .ShouldBe(
                [
                    "shop.orders  index _id_ is missing on the destination",
                    "shop.orders 3 different",
                    "shop.orders 4 missing on the destination",
                    "shop.orders 1017 not on the source",
                    "shop.stray  only on the destination",
                ],
                ignoreOrder: true
            );
    }

    [Fact]
    [Requirement("E05")]
    public async Task A_comparison_beside_a_running_migration_does_not_mistake_changes_for_differences()
    {
        var scenario = new MigrationScenario(69);
        scenario.Load("shop.orders", 60);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var migration = scenario.Migrate(Manual);
        var run = migration.RunAsync(stop.Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        var work = WriteNowAndThenAsync(scenario, stop.Token);

        var outcome = await CompareAsync(scenario);

        await stop.CancelAsync();
        await work;
        _ = await Should.ThrowAsync<OperationCanceledException>(run);
        outcome.Differences.ShouldBeEmpty();
    }

    private static async Task WriteNowAndThenAsync(MigrationScenario scenario, CancellationToken cancellationToken)
    {
        for (var turn = 0; !cancellationToken.IsCancellationRequested; turn++)
        {
            scenario.Source.SetByUser("shop.orders", turn % 60, "a", turn);
            await Task.Delay(10, CancellationToken.None);
        }
    }

    private static Task<ComparisonOutcome> CompareAsync(MigrationScenario scenario) =>
        new Comparison(
            scenario.Source,
            scenario.Destination,
            NamespaceScope.Everything,
            ignoreExisting: false,
            TimeProvider.System
        ).RunAsync(null, _ => { }, Token);

    /// <summary>Flips a document, removes one and adds one.</summary>
    private static void Tamper(MigrationScenario scenario)
    {
        scenario.Destination.TamperWith(
            "shop.orders",
            new DocumentBuilder { { "_id", 3 }, { "a", "tampered" } }.Build()
        );
        scenario.Destination.DeleteByUser("shop.orders", 4);
        _ = scenario.Destination.PutByUser("shop.orders", new DocumentBuilder { { "_id", 1017 } }.Build());
    }

    private static Task<MigrationReport> CommitAsync(MigrationScenario scenario, MigrationSettings settings) =>
        scenario.RunAsync(settings, Token).WaitAsync(TimeSpan.FromSeconds(30), Token);
}
