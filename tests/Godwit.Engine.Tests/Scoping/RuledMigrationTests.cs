using Godwit.Bson;
using Godwit.Engine.Ports;
using Godwit.Engine.Reporting;
using Godwit.Engine.Scoping;
using Godwit.Engine.Tests.Fakes;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Scoping;

/// <summary>The destination holds what the rules make of the source's documents, whatever happens to documents and names meanwhile.</summary>
public sealed class RuledMigrationTests
{
    private const string Rules = """
        [{"database": "shop", "collectionsRegex": {"pattern": "^masked"},
          "filter": {"a": {"$lt": 600}}, "set": {"b": "hidden"}, "drop": ["text"],
          "hash": {"fields": ["c"], "key": "a key that nobody knows"}}]
        """;

    private static readonly string[] Names = ["shop.masked", "shop.plain", "shop.maskedToo", "shop.open"];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [Requirement("H10")]
    [Requirement("S12")]
    public async Task Documents_arrive_as_the_rule_of_their_collection_says_under_writes_renames_and_kills(int seed)
    {
        var scenario = new MigrationScenario(seed, faultRate: 0.01);
        scenario.Load("shop.masked", 120);
        scenario.Load("shop.plain", 120);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var work = scenario.WorkAsync(["shop.masked", "shop.plain"], 150, definitions: false, stop.Token);
        // Half of them with room for few keys that are to be read again.
        var settings = Ruled(Rules) with
        {
            DirtyBytesMax = seed % 2 == 0 ? 10_000 : 1_000_000,
        };
        var random = new Random(seed);
        for (var life = 0; life < 5; life++)
        {
            using var kill = CancellationTokenSource.CreateLinkedTokenSource(Token);
            var dying = scenario.RunAsync(settings with { CutoverAutomatic = false }, kill.Token);
            for (var turn = 0; turn < 4; turn++)
            {
                await Task.Delay(random.Next(5, 60), Token);
                Rename(scenario.Source, random);
            }

            await kill.CancelAsync();
            await ShouldBeKilledAsync(dying);
        }

        var last = scenario.RunAsync(settings, Token);
        var report = await last.WaitAsync(Patience, Token);
        await stop.CancelAsync();
        await work;
        report.Verdict.Text.ShouldBe("identical", $"seed {seed}: {report.Failure?.Message} {report.Verdict.Reason}");
        foreach (var name in scenario.Source.Names())
        {
            var rule = NamespaceScope.Parse("", "", "", Rules).Documents.For(Namespace.Parse(name));
            for (var id = 0; id < 160; id++)
            {
                var expected = Expected(rule, scenario.Source.Find(name, id));
                scenario.Destination.Find(name, id).ShouldBe(expected, $"seed {seed}: {name} {id}");
            }
        }
    }

    private static async Task ShouldBeKilledAsync(Task<MigrationReport> dying)
    {
        try
        {
            var report = await dying.WaitAsync(Patience, Token);
            Assert.Fail($"it ended by itself: {report.Failure?.Code} {report.Failure?.Message} {report.Verdict.Text}");
        }
        catch (OperationCanceledException)
        {
            // As it should.
        }
    }

    [Fact]
    [Requirement("H10")]
    public async Task What_verification_finds_is_measured_by_the_rule()
    {
        var scenario = new MigrationScenario(1);
        scenario.Load("shop.masked", 10);
        var migration = scenario.Migrate(Ruled(Rules) with { CutoverAutomatic = false });
        var running = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.Phase == MigrationPhase.InSync);
        // As it is on the source, which is not as it should be here.
        var tampered = scenario.Source.Find("shop.masked", 3);
        _ = scenario.Destination.PutByUser("shop.masked", tampered);
        await scenario.UntilAsync(() => migration.Progress.Healed == 1);
        migration.RequestCutover();
        var report = await running.WaitAsync(Patience, Token);
        report.Verdict.Text.ShouldBe("identical after healing 1");
        scenario.Destination.Find("shop.masked", 3).Has("text").ShouldBeFalse();
    }

    [Fact]
    [Requirement("H10")]
    public async Task A_migration_goes_on_only_with_the_rules_it_began_with()
    {
        var scenario = new MigrationScenario(1);
        scenario.Load("shop.masked", 10);
        using var kill = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var first = scenario.Migrate(Ruled(Rules) with { CutoverAutomatic = false });
        var running = first.RunAsync(kill.Token);
        await scenario.UntilAsync(() => first.Progress.Phase == MigrationPhase.InSync);
        await kill.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(running.WaitAsync(Patience, Token));

        var other = await scenario.RunAsync(MigrationScenario.Quick, Token).WaitAsync(Patience, Token);
        other.Failure!.Code.ShouldBe("DocumentRulesChanged");
        var same = await scenario.RunAsync(Ruled(Rules), Token).WaitAsync(Patience, Token);
        same.Verdict.Text.ShouldBe("identical");
    }

    [Fact]
    [Requirement("H10")]
    public async Task A_rule_for_a_capped_collection_stops_the_migration_before_anything_is_written()
    {
        var scenario = new MigrationScenario(1);
        var capped = new DocumentBuilder { { "capped", true }, { "size", 4096 } }.Build();
        _ = scenario.Source.CreateByUser("shop.maskedLog", capped);
        var report = await scenario.RunAsync(Ruled(Rules), Token).WaitAsync(Patience, Token);
        report.Failure!.Code.ShouldBe("UnsupportedSourceFeature");
        scenario.Destination.Names().ShouldBeEmpty();
    }

    private static RawDocument Expected(DocumentRule? rule, RawDocument document)
    {
        if (rule is null || document.IsEmpty)
        {
            return document;
        }

        var left = FakeStages.Apply(rule.Stages, [document]);
        if (left.Count == 0)
        {
            return RawDocument.Empty;
        }

        using var batch = rule.Hasher!.Rewrite(DocumentBatch.Of(left));
        return new(batch.Last.Bytes.ToArray());
    }

    private static MigrationSettings Ruled(string rules) =>
        MigrationScenario.Quick with
        {
            Scope = NamespaceScope.Parse("", "", "", rules),
        };

    private static void Rename(FakeCluster source, Random random)
    {
        var names = source.Names();
        var free = Names.Except(names).ToList();
        source.RenameByUser(names[random.Next(names.Count)], free[random.Next(free.Count)]);
    }
}
