using Godwit.Bson;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;
using Godwit.Engine.Reporting;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests;

/// <summary>Where an application makes collections all the time, a migration is in sync nonetheless, and a cutover brings the last ones.</summary>
public sealed class LatecomersTests
{
    private const string Base = "shop.orders";
    private const string Late = "shop.late";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("D02")]
    [Requirement("S19")]
    public async Task A_small_collection_that_came_late_is_copied_by_the_cutover_if_it_is_not_before()
    {
        var scenario = new MigrationScenario(71);
        scenario.Load(Base, 50);
        var gates = new Dictionary<string, TaskCompletionSource> { [Base] = new(), [Late] = new() };
        scenario.Destination.BeforeWrite = command =>
            gates.TryGetValue(command.Collection.Name.ToString(), out var gate) ? gate.Task : Task.CompletedTask;
        var migration = scenario.Migrate(MigrationScenario.Quick with { CutoverAutomatic = false });
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.Collections.Count == 1);
        scenario.Load(Late, 20);
        await scenario.UntilAsync(() => migration.Progress.Collections.Count == 2);
        migration.Progress.CanCommit.ShouldBeFalse("what was there from the start is not copied");

        gates[Base].SetResult();
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        migration.RequestCutover();
        await scenario.UntilAsync(() => scenario.Source.IsBlocked);
        migration.Progress.Collections.Count(one => one.IsCopied).ShouldBe(1);
        gates[Late].SetResult();
        var report = await run.WaitAsync(TimeSpan.FromSeconds(60), Token);

        report.Outcome.ShouldBe(MigrationOutcome.Committed);
        report.Verdict.Text.ShouldBe("identical");
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe());
    }

    [Fact]
    public void Only_few_and_small_ones_that_came_late_are_left_to_a_cutover()
    {
        const long megabyte = 1024 * 1024;
        Latecomers.IsLittle([]).ShouldBeTrue();
        Latecomers.IsLittle([Collection(isLate: true, megabyte), Collection(isLate: true, megabyte)]).ShouldBeTrue();
        Latecomers.IsLittle([Collection(isLate: false, 1)]).ShouldBeFalse("it was there from the start");
        Latecomers.IsLittle([Collection(isLate: true, 1000 * megabyte)]).ShouldBeFalse("it is large");
        Latecomers
            .IsLittle(Enumerable.Repeat(Collection(isLate: true, megabyte), 40))
            .ShouldBeFalse("together they are large");
        Latecomers.IsLittle(Enumerable.Repeat(Collection(isLate: true, 1), 1000)).ShouldBeFalse("they are many");
    }

    private static FollowedCollection Collection(bool isLate, long bytes)
    {
        var name = new Namespace("shop", "any");
        var listed = new CollectionDescription(
            name,
            Guid.NewGuid(),
            CollectionKind.Collection,
            RawDocument.Empty,
            [],
            []
        );
        return new(listed, new(name, Guid.NewGuid())) { IsLatecomer = isLate, Estimate = new(1, bytes) };
    }
}
