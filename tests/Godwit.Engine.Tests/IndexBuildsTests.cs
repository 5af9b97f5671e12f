using Godwit.Engine.Reporting;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests;

/// <summary>Index builds on the destination are seen while they run, and counted (D01).</summary>
[Requirement("D01")]
public sealed class IndexBuildsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_index_that_comes_in_the_middle_is_shown_while_it_is_built()
    {
        var scenario = new MigrationScenario(81);
        scenario.Load("shop.orders", 30);
        scenario.Define("shop.orders", "number", "sparse", true);
        var migration = scenario.Migrate(MigrationScenario.Quick with { CutoverAutomatic = false });
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        migration.Progress.IndexesBuilt.ShouldBe(1);
        migration.Progress.IndexBuilds.ShouldBeEmpty();

        var built = new TaskCompletionSource();
        scenario.Destination.BeforeIndexes = () => built.Task;
        scenario.Define("shop.orders", "a", "sparse", true);
        await scenario.UntilAsync(() => migration.Progress.IndexBuilds.Count == 1);
        var shown = migration.Progress.IndexBuilds[0];
        (shown.Name.ToString(), shown.Indexes[0]).ShouldBe(("shop.orders", "a_1"));
        built.SetResult();
        await scenario.UntilAsync(() => migration.Progress is { IndexesBuilt: 2, IndexBuilds.Count: 0 });
        migration.RequestCutover();
        (await run).Outcome.ShouldBe(MigrationOutcome.Committed);
    }
}
