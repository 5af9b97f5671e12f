using Godwit.Engine.Reporting;
using Godwit.Engine.Scoping;
using Godwit.Engine.Tests.Fakes;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Scoping;

/// <summary>The destination holds what the filter leaves of the source, whatever is renamed into it and out of it meanwhile.</summary>
public sealed class ScopedMigrationTests
{
    private const string Shop = """[{"database": "shop", "collectionsRegex": {"pattern": "^kept"}}]""";
    private const string ToStore = """[{"from": {"database": "shop"}, "to": {"database": "store"}}]""";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("H09")]
    public async Task Only_what_the_filter_leaves_arrives_and_writes_elsewhere_disturb_no_cutover()
    {
        var scenario = new MigrationScenario(1);
        scenario.Load("shop.kept", 50);
        scenario.Load("shop.other", 50);
        // Whatever comes between the final time and the decision, outside the filter, is nobody's concern.
        scenario.Source.OnNote = _ => scenario.Source.PutByUser("shop.other", scenario.Document(7));
        var settings = Scoped(Shop) with { BlockSourceWrites = false };
        var report = await scenario.RunAsync(settings, Token).WaitAsync(Patience, Token);
        report.Verdict.Text.ShouldBe("identical", report.Verdict.Reason);
        scenario.Destination.Names().ShouldBe(["shop.kept"]);
        scenario.Destination.Find("shop.kept", 7).ShouldBe(scenario.Source.Find("shop.kept", 7));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [Requirement("H09")]
    [Requirement("H07")]
    [Requirement("S19")]
    public async Task What_is_renamed_into_and_out_of_the_filter_under_writes_and_kills_is_followed(int seed)
    {
        var scenario = new MigrationScenario(seed, faultRate: 0.01);
        scenario.Load("shop.kept", 120);
        scenario.Load("shop.away", 120);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var work = scenario.WorkAsync(["shop.kept", "shop.away", "shop.keptToo"], 150, definitions: false, stop.Token);
        var random = new Random(seed);
        for (var life = 0; life < 6; life++)
        {
            using var kill = CancellationTokenSource.CreateLinkedTokenSource(Token);
            var dying = scenario.RunAsync(Scoped(Shop, ToStore) with { CutoverAutomatic = false }, kill.Token);
            for (var turn = 0; turn < 4; turn++)
            {
                await Task.Delay(random.Next(5, 60), Token);
                Swap(scenario.Source, random);
            }

            await kill.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(dying.WaitAsync(Patience, Token));
        }

        var last = scenario.RunAsync(Scoped(Shop, ToStore), Token);
        var report = await last.WaitAsync(Patience, Token);
        await stop.CancelAsync();
        await work;
        report.Verdict.Text.ShouldBe("identical", $"seed {seed}: {report.Failure?.Message} {report.Verdict.Reason}");
        scenario
            .Destination.Names()
            .ShouldBe(
                scenario
                    .Source.Names()
                    .Where(name => name.StartsWith("shop.kept", StringComparison.Ordinal))
                    .Select(name => name.Replace("shop.", "store.", StringComparison.Ordinal)),
                $"seed {seed}"
            );
        foreach (var name in scenario.Destination.Names())
        {
            var from = name.Replace("store.", "shop.", StringComparison.Ordinal);
            for (var id = 0; id < 160; id++)
            {
                scenario
                    .Destination.Find(name, id)
                    .ShouldBe(scenario.Source.Find(from, id), $"seed {seed}: {name} {id}");
            }
        }
    }

    [Fact]
    [Requirement("H09")]
    public async Task A_migration_goes_on_only_with_the_filter_it_began_with_unless_another_is_meant()
    {
        var scenario = new MigrationScenario(1);
        scenario.Load("shop.kept", 10);
        scenario.Load("shop.other", 10);
        using var kill = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var first = scenario.Migrate(Scoped(Shop) with { CutoverAutomatic = false });
        var running = first.RunAsync(kill.Token);
        await scenario.UntilAsync(() => first.Progress.Phase == MigrationPhase.InSync);
        await kill.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(running.WaitAsync(Patience, Token));

        var wider = MigrationScenario.Quick;
        var refused = await scenario.RunAsync(wider, Token).WaitAsync(Patience, Token);
        refused.Outcome.ShouldBe(MigrationOutcome.Failed);
        refused.Failure!.Code.ShouldBe("FilterChanged");
        scenario.Destination.Names().ShouldBe(["shop.kept"]);

        var meant = await scenario.RunAsync(wider with { AcceptFilterChange = true }, Token).WaitAsync(Patience, Token);
        meant.Verdict.Text.ShouldBe("identical");
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe());
    }

    [Fact]
    [Requirement("H09")]
    public async Task A_database_that_would_come_together_with_a_mapped_one_stops_the_migration()
    {
        var scenario = new MigrationScenario(1);
        scenario.Load("shop.kept", 10);
        scenario.Load("store.own", 10);
        var report = await scenario.RunAsync(Scoped("", ToStore), Token).WaitAsync(Patience, Token);
        report.Failure!.Code.ShouldBe("NamespaceConflict");
        scenario.Destination.Names().ShouldBeEmpty();
    }

    private static MigrationSettings Scoped(string include, string remap = "") =>
        MigrationScenario.Quick with
        {
            Scope = NamespaceScope.Parse(include, "", remap),
        };

    /// <summary>A collection within the filter goes out of it, or one outside comes in.</summary>
    private static void Swap(FakeCluster source, Random random)
    {
        var names = source.Names();
        string[] all = ["shop.kept", "shop.away", "shop.keptToo", "shop.gone"];
        var free = all.Except(names).ToList();
        if (free.Count > 0 && names.Count > 0)
        {
            source.RenameByUser(names[random.Next(names.Count)], free[random.Next(free.Count)]);
        }
    }
}
