using Godwit.Bson;
using Godwit.Engine.Reporting;
using Godwit.Engine.Tests.Fakes;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests;

/// <summary>A committed migration turned round: the old source gets what the destination has been given since, and nothing else (S29).</summary>
public sealed class ReverseTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static MigrationSettings Reversible => MigrationScenario.Quick with { IsReversible = true };

    [Fact]
    [Requirement("S29")]
    [Requirement("S25")]
    public async Task What_the_destination_was_given_since_comes_to_the_old_source_and_nothing_is_copied_again()
    {
        var there = await CommittedAsync(60);
        var back = there.Turn();
        there.Source.IsBlocked.ShouldBeTrue();
        Use(back);

        var report = await ReverseAsync(back);

        report.Verdict.Text.ShouldBe("identical");
        report.Differences.ShouldBeEmpty("nothing had to be mended");
        report.Totals.DocumentsCopied.ShouldBe(7, "those of the collection that is new");
        back.Destination.Describe().ShouldBe(back.Source.Describe());
        back.Destination.IsBlocked.ShouldBeFalse("the applications may come back");
        back.Source.IsBlocked.ShouldBeTrue("it was blocked at the cutover");
    }

    [Fact]
    [Requirement("S29")]
    [Requirement("H07")]
    public Task A_process_killed_at_some_steps_leaves_a_state_that_the_next_one_goes_on_from() => KillAsync(1, 14);

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(7)]
    [InlineData(10)]
    [Trait("Set", "Long")]
    [Requirement("S29")]
    [Requirement("H07")]
    public Task A_process_killed_at_any_step_leaves_a_state_that_the_next_one_goes_on_from(int first) =>
        KillAsync(first, 12);

    private static async Task KillAsync(int first, int stepsBetween)
    {
        // So that the number of steps does not depend on how fast the machine is.
        var quiet = Reversible with
        {
            CheckpointEvery = TimeSpan.FromHours(1),
            VerifyEvery = TimeSpan.FromHours(1),
        };
        for (var steps = first; ; steps += stepsBetween)
        {
            var there = await CommittedAsync(100 + steps);
            var back = there.Turn();
            Use(back);
            back.Faults.KillAfter(steps);
            try
            {
                _ = await ReverseAsync(back, settings: quiet);
            }
            catch (KilledException)
            {
                // That was asked for.
            }

            if (!back.Faults.Revive())
            {
                steps.ShouldBeGreaterThan(40, "a reverse has more steps than that");
                return;
            }

            // Once it is decided the applications use the old source again.
            if (back.JournalState() is not ("Decided" or "Committed"))
            {
                back.Destination.IsBlocked.ShouldBeTrue($"killed at step {steps}: nobody else writes to it meanwhile");
                back.Source.SetByUser("shop.orders", 2, "note", steps);
            }

            var report = await ReverseAsync(back);

            report.Outcome.ShouldBe(MigrationOutcome.Committed, $"killed at step {steps}");
            report.Verdict.Text.ShouldBe("identical", $"killed at step {steps}");
            back.Destination.Describe().ShouldBe(back.Source.Describe(), $"killed at step {steps}");
            back.Destination.IsBlocked.ShouldBeFalse($"killed at step {steps}");
        }
    }

    [Fact]
    [Requirement("S29")]
    public async Task It_can_be_turned_round_again_and_again_with_changes_in_between()
    {
        var now = await CommittedAsync(61);
        for (var turn = 0; turn < 4; turn++)
        {
            now = now.Turn();
            now.Source.SetByUser("shop.orders", turn, "turn", turn);
            now.Source.DeleteByUser("shop.orders", 30 + turn);
            _ = now.Source.PutByUser("shop.orders", now.Document(2000 + turn));

            var report = await ReverseAsync(now);

            report.Verdict.Text.ShouldBe("identical", $"turn {turn}");
            report.Totals.DocumentsCopied.ShouldBe(0, $"turn {turn}");
            now.Destination.Describe().ShouldBe(now.Source.Describe(), $"turn {turn}");
        }
    }

    [Fact]
    [Requirement("S29")]
    [Requirement("S22")]
    public async Task What_the_old_source_was_written_to_after_the_cutover_is_named_and_replaced()
    {
        var there = await CommittedAsync(62, Reversible with { BlockSourceWrites = false });
        for (var id = 0; id < 50; id++)
        {
            there.Source.SetByUser("shop.orders", id, "stray", id);
        }

        there.Source.DropByUser("shop.small");
        there.Source.RenameByUser("shop.constrained", "shop.moved");
        var back = there.Turn();
        back.Source.SetByUser("shop.orders", 60, "a", 1000);
        var notices = new Notices();

        var report = await ReverseAsync(back, notices, Reversible with { BlockSourceWrites = false });

        notices.All.ShouldContain(one => one.Contains("changed after the cutover, in shop.orders"));
        report.Verdict.Text.ShouldBe("identical");
        report.Differences.ShouldBeEmpty(
            "what was known to differ is compared before it is trusted, not mended afterwards"
        );
        back.Destination.Describe().ShouldBe(back.Source.Describe());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Requirement("S29")]
    [Requirement("S20")]
    public async Task History_that_does_not_reach_back_to_the_cutover_is_replaced_by_a_comparison(bool isOldSource)
    {
        var there = await CommittedAsync(63);
        var back = there.Turn();
        Use(back);
        (isOldSource ? back.Destination : back.Source).LoseHistory();
        var notices = new Notices();

        var report = await ReverseAsync(back, notices);

        notices.All.Concat(report.Remarks).ShouldContain(one => one.Contains("no longer reaches back"));
        report.Verdict.Text.ShouldBe("identical");
        report.Totals.DocumentsCopied.ShouldBeLessThan(40, "little of the 145 that are there");
        back.Destination.Describe().ShouldBe(back.Source.Describe());
    }

    [Fact]
    [Requirement("S29")]
    [Requirement("S20")]
    public async Task An_old_source_that_was_restored_from_a_backup_is_compared_as_a_whole()
    {
        var scenario = Filled(64);
        var backup = scenario.Source.Now;
        var migration = scenario.Migrate(Reversible with { CutoverAutomatic = false });
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        scenario.Source.SetByUser("shop.orders", 5, "a", 5000);
        scenario.Source.DeleteByUser("shop.orders", 6);
        migration.RequestCutover();
        _ = await run.WaitAsync(TimeSpan.FromSeconds(30), Token);
        scenario.Source.RestoreCopyOf(backup);
        scenario.Source.ReplicaSetId = "restored";
        var back = scenario.Turn();
        var notices = new Notices();

        var report = await ReverseAsync(back, notices);

        notices.All.ShouldContain(one => one.Contains("another history"));
        report.Verdict.Text.ShouldBe("identical");
        back.Destination.Describe().ShouldBe(back.Source.Describe());
    }

    [Fact]
    [Requirement("S29")]
    [Requirement("S1a")]
    public async Task Collections_that_the_old_source_has_written_anew_under_another_identity_are_compared()
    {
        var there = await CommittedAsync(71);
        there.Source.RecreateUnderNewUuids();
        var back = there.Turn();
        back.Source.SetByUser("shop.orders", 3, "a", 1234);

        var report = await ReverseAsync(back);

        report.Verdict.Text.ShouldBe("identical", report.Failure?.Message ?? report.Verdict.Reason);
        report.Totals.DocumentsCopied.ShouldBe(0);
        back.Destination.Describe().ShouldBe(back.Source.Describe());
    }

    [Fact]
    [Requirement("S29")]
    [Requirement("S25")]
    public async Task Values_of_a_unique_index_that_change_hands_arrive_and_an_expiry_that_was_taken_away_is_gone()
    {
        var there = await CommittedAsync(65);
        var back = there.Turn();
        _ = back.Source.PutByUser("shop.constrained", Numbered(3, -1));
        _ = back.Source.PutByUser("shop.constrained", Numbered(4, 3));
        _ = back.Source.PutByUser("shop.constrained", Numbered(3, 4));
        back.Source.DefineByUser(
            "shop.constrained",
            one => one with { Indexes = [.. one.Indexes.Select(index => Without(index, "expireAfterSeconds"))] }
        );

        var report = await ReverseAsync(back);

        report.Verdict.Text.ShouldBe("identical");
        back.Destination.Describe().ShouldContain(" unique: true");
        back.Destination.Describe().ShouldNotContain("expireAfterSeconds");
        back.Destination.Describe().ShouldBe(back.Source.Describe());
    }

    [Fact]
    [Requirement("S29")]
    [Requirement("D07")]
    public async Task A_reverse_that_was_given_up_can_be_begun_again()
    {
        var there = await CommittedAsync(66);
        var back = there.Turn();
        Use(back);
        await back.HandOverAsync(new(), Token);
        var first = back.Migrate(Reversible with { CutoverAutomatic = false });
        var run = first.RunAsync(Token);
        await back.UntilAsync(() => first.Progress.CanCommit);
        first.RequestPause();
        _ = await run.WaitAsync(TimeSpan.FromSeconds(30), Token);

        var notices = new Notices();
        (
            await Migration.CancelAsync(back.Destination, back.Destination, notices, TimeProvider.System, Token)
        ).ShouldBeTrue();
        back.Destination.IsBlocked.ShouldBeFalse();
        notices.All.ShouldContain(one => one.Contains("had brought to the old source: shop.new."));
        var left = back.Destination.State.Catalogue.Keys.Select(name => name.ToString()).ToList();
        left.ShouldNotContain("shop.new");
        left.ShouldContain("shop.orders");
        back.Source.SetByUser("shop.orders", 9, "a", 9000);

        var report = await ReverseAsync(back);

        report.Verdict.Text.ShouldBe("identical", report.Failure?.Message ?? report.Verdict.Reason);
        back.Destination.Describe().ShouldBe(back.Source.Describe());
    }

    [Fact]
    [Requirement("S29")]
    public async Task What_cannot_be_reversed_is_refused_by_name_and_nothing_is_changed()
    {
        var plain = Filled(67);
        _ = await plain.RunAsync(MigrationScenario.Quick, Token);
        await ExpectRefusedAsync(plain, "NotReversible");

        var running = Filled(68);
        var migration = running.Migrate(Reversible with { CutoverAutomatic = false });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var run = migration.RunAsync(stop.Token);
        await running.UntilAsync(() => migration.Progress.CanCommit);
        await ExpectRefusedAsync(running, "NotCommitted");
        await stop.CancelAsync();
        _ = await Should.ThrowAsync<OperationCanceledException>(run);

        var late = await running.RunAsync(
            MigrationScenario.Quick with
            {
                IgnoreExisting = true,
                IsReversible = true,
            },
            Token
        );
        late.Outcome.ShouldBe(MigrationOutcome.Committed, "it was reversible before");

        var mixed = await Filled(69).RunAsync(Reversible with { IgnoreExisting = true }, Token);
        mixed.Failure!.Code.ShouldBe("ReversibleNotAllowed");
    }

    [Fact]
    [Requirement("S29")]
    public async Task A_migration_that_was_reversed_does_not_go_on()
    {
        var there = await CommittedAsync(70);
        var back = there.Turn();
        await back.HandOverAsync(new(), Token);

        var report = await there.RunAsync(Reversible, Token);

        report.Failure!.Code.ShouldBe("MigrationReversed");
    }

    private static async Task ExpectRefusedAsync(MigrationScenario scenario, string name)
    {
        var before = scenario.Source.Describe();
        var refused = await Should.ThrowAsync<MigrationFailedException>(scenario.Turn().HandOverAsync(new(), Token));
        refused.Code.ShouldBe(name);
        scenario.Source.Describe().ShouldBe(before);
        scenario.Source.ReadReserved(Recovery.ReservedStore.Migration).ShouldBeEmpty();
    }

    private static MigrationScenario Filled(int seed)
    {
        var scenario = new MigrationScenario(seed);
        scenario.Load("shop.orders", 120);
        scenario.Load("shop.small", 5);
        scenario.Load("shop.constrained", 20);
        scenario.Define("shop.constrained", "number", "unique", true);
        scenario.Define("shop.constrained", "a", "expireAfterSeconds", 3600);
        scenario.Define("shop.constrained", "text", "hidden", true);
        return scenario;
    }

    private static async Task<MigrationScenario> CommittedAsync(int seed, MigrationSettings? settings = null)
    {
        var scenario = Filled(seed);
        scenario.Source.CanBlock = scenario.Destination.CanBlock = true;
        var report = await scenario.RunAsync(settings ?? Reversible, Token).WaitAsync(TimeSpan.FromSeconds(30), Token);
        report.Verdict.Text.ShouldBe("identical");
        return scenario;
    }

    /// <summary>What applications do to the destination once it is theirs.</summary>
    private static void Use(MigrationScenario back)
    {
        for (var id = 0; id < 40; id++)
        {
            back.Source.SetByUser("shop.orders", id, id % 2 == 0 ? "a" : "added", id);
        }

        back.Source.DeleteByUser("shop.orders", 50);
        _ = back.Source.PutByUser("shop.orders", back.Document(51));
        _ = back.Source.PutByUser("shop.orders", back.Document(1000));
        _ = back.Source.PutByUser("shop.constrained", Numbered(100, 100));
        back.Source.RenameByUser("shop.small", "shop.renamed");
        _ = back.Source.PutByUser("shop.renamed", back.Document(200));
        back.Load("shop.new", 7);
        back.Define("shop.orders", "number", "sparse", true);
    }

    private static async Task<MigrationReport> ReverseAsync(
        MigrationScenario back,
        Notices? notices = null,
        MigrationSettings? settings = null
    )
    {
        await back.HandOverAsync(notices ?? new(), Token);
        return await back.RunAsync(settings ?? Reversible, Token).WaitAsync(TimeSpan.FromSeconds(30), Token);
    }

    private static RawDocument Numbered(int id, int number) =>
        new DocumentBuilder { { "_id", id }, { "number", number } }.Build();

    private static RawDocument Without(RawDocument document, string name)
    {
        var rest = new DocumentBuilder();
        foreach (var field in document)
        {
            if (field.Name != name)
            {
                _ = rest.Add(field);
            }
        }

        return rest.Build();
    }
}
