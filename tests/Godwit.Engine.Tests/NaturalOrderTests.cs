using System.Collections.Concurrent;
using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;
using Godwit.Engine.Recovery;
using Godwit.Engine.Reporting;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests;

/// <summary>
/// A collection that is copied in natural order, each reply as of another time, arrives byte for byte whatever happens to it meanwhile
/// (S8).
/// </summary>
[Requirement("S8")]
public sealed class NaturalOrderTests
{
    private const string Orders = "shop.orders";
    private const int Documents = 200;

    private static readonly NaturalOrder Natural = NaturalOrder.Parse(
        """[{"database": "shop", "collections": ["orders"]}]"""
    );

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static MigrationSettings Quick => MigrationScenario.Quick with { NaturalOrder = Natural };

    [Fact]
    public async Task What_never_changes_is_read_once_in_the_order_it_lies_in_whatever_moves_around_it()
    {
        var scenario = Scenario(1);
        var before = InOrder(scenario);
        var read = new List<int>();
        var disturbed = new HashSet<int>();
        scenario.Source.OnPassing = some =>
        {
            read.AddRange(some.Select(one => one["_id"].AsInt32));
            if (disturbed.Count < Documents / 4)
            {
                // One that was read comes back behind all others; one that was not does as well, one grows and one goes for good.
                var ahead = InOrder(scenario).Except(read).TakeLast(3).ToList();
                foreach (var (how, id) in ahead.Prepend(read[^1]).Index())
                {
                    Disturb(scenario, id, how);
                    _ = disturbed.Add(id);
                }
            }
        };

        var report = await RunAsync(scenario, Quick);

        report.Verdict.Text.ShouldBe("identical", Explain(report));
        read.Where(id => !disturbed.Contains(id)).ShouldBe(before.Where(id => !disturbed.Contains(id)));
        read.GroupBy(id => id).Count(one => one.Count() > 1).ShouldBeGreaterThan(5);
        disturbed.Except(read).ShouldNotBeEmpty();
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe());
    }

    [Fact]
    public async Task Once_copied_it_is_ranges_like_every_other_and_is_compared_in_them()
    {
        var scenario = Scenario(2);
        var passing = 0;
        var ranges = new ConcurrentDictionary<string, int>();
        scenario.Source.BeforeRange = read =>
        {
            if (read.Order == ReadOrder.Passing)
            {
                passing++;
            }
            else
            {
                _ = ranges.TryAdd($"{read.Lower} to {read.Upper}", 0);
            }
        };
        var migration = scenario.Migrate(Quick with { CutoverAutomatic = false });
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() =>
            scenario.Destination.ReadReserved(ReservedStore.Ranges).Count > 5 && migration.Progress.CanCommit
        );
        migration.RequestCutover();

        var report = await run.WaitAsync(TimeSpan.FromSeconds(60), Token);

        report.Verdict.Text.ShouldBe("identical", Explain(report));
        passing.ShouldBe(1);
        ranges.Count.ShouldBeGreaterThan(5);
        ranges.Keys.ShouldNotContain($"{default(RawValue)} to {default(RawValue)}");
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe());
    }

    /// <summary>Snapshots of the time before are gone all the while: nothing asks for one that is as old as the copy.</summary>
    [Fact]
    public async Task It_may_take_longer_than_a_snapshot_lasts()
    {
        var scenario = Scenario(3);
        scenario.Source.OnPassing = _ => scenario.Source.ForgetSnapshots();

        var report = await RunAsync(scenario, Quick);

        report.Verdict.Text.ShouldBe("identical", Explain(report));
        report.Remarks.ShouldNotContain(one => one.Contains("natural order", StringComparison.Ordinal));
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe());
    }

    [Theory]
    [InlineData(11, 0.0)]
    [InlineData(12, 0.01)]
    [InlineData(13, 0.03)]
    [Requirement("S14")]
    public async Task A_busy_source_arrives_whole_though_cursors_and_answers_are_lost(int seed, double faultRate)
    {
        var scenario = Scenario(seed, faultRate);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var work = scenario.WorkAsync([Orders, "shop.customers"], Documents + 50, definitions: true, stop.Token);

        var report = await RunAsync(scenario, Quick);

        await stop.CancelAsync();
        await work;
        report.Verdict.Text.ShouldBe("identical", $"seed {seed}: {Explain(report)}");
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe(), $"seed {seed}");
    }

    /// <summary>The cursor is lost in the middle, as at a change of primaries: it begins again, and what changed before is not lost.</summary>
    [Theory]
    [InlineData(2, false)]
    [InlineData(1_000, true)]
    public async Task A_lost_cursor_is_begun_again_a_few_times_and_then_it_goes_on_in_ranges(int times, bool inRanges)
    {
        var scenario = Scenario(21);
        var replies = 0;
        scenario.Source.OnPassing = some =>
        {
            replies++;
            Disturb(scenario, some[0]["_id"].AsInt32, replies);
            if (replies % 10 == 0 && replies / 10 <= times)
            {
                throw new ClusterException(Side.Source, Stage.Read, FaultKind.NeedsNewCursor, "cursor not found", 43);
            }
        };

        var report = await RunAsync(scenario, Quick);

        report.Verdict.Text.ShouldBe("identical", Explain(report));
        report.Remarks.ShouldContain(one => one.Contains("begins again from its first", StringComparison.Ordinal));
        report
            .Remarks.Any(one => one.Contains("it is copied in ranges of _id", StringComparison.Ordinal))
            .ShouldBe(inRanges);
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe());
    }

    /// <summary>Killed at the worst instants: before the first insert, in the middle, and after the last.</summary>
    [Theory]
    [InlineData(31, 1)]
    [InlineData(32, 12)]
    [InlineData(33, 28)]
    [Requirement("S16")]
    [Requirement("S17")]
    public async Task Killed_in_the_middle_it_is_copied_anew_and_that_is_said(int seed, int replies)
    {
        var scenario = Scenario(seed);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var work = scenario.WorkAsync([Orders], Documents + 50, definitions: false, stop.Token);
        using var kill = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var left = replies;
        scenario.Source.OnPassing = _ =>
        {
            if (--left == 0)
            {
                scenario.Destination.LosesNext = true;
                kill.Cancel();
            }
        };
        await Should.ThrowAsync<OperationCanceledException>(
            scenario
                .RunAsync(Quick with { CutoverAutomatic = false }, kill.Token)
                .WaitAsync(TimeSpan.FromSeconds(20), Token)
        );
        scenario.Source.OnPassing = null;
        // What changes before the next life begins is told to nobody but the history.
        for (var id = 0; id < Documents; id += 3)
        {
            scenario.Source.DeleteByUser(Orders, id);
        }

        var migration = scenario.Migrate(Quick);
        var last = migration.RunAsync(Token);
        await scenario.Destination.DeliverLateAsync();
        var report = await last.WaitAsync(TimeSpan.FromSeconds(30), Token);
        await stop.CancelAsync();
        await work;

        report.Verdict.Text.ShouldBe("identical", $"seed {seed}: {Explain(report)}");
        report.Remarks.ShouldContain(one => one.Contains("shop.orders is copied anew", StringComparison.Ordinal));
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe(), $"seed {seed}");
    }

    [Theory]
    [InlineData("rename")]
    [InlineData("drop")]
    [InlineData("again")]
    [InlineData("collMod")]
    [Requirement("S19")]
    public async Task Definitions_that_change_in_the_middle_are_followed(string change)
    {
        var scenario = Scenario(41);
        var replies = 0;
        scenario.Source.OnPassing = _ =>
        {
            if (++replies == 12)
            {
                Change(scenario, change);
            }
        };

        var report = await RunAsync(scenario, Quick);

        report.Verdict.Text.ShouldBe("identical", Explain(report));
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe());
    }

    [Theory]
    [InlineData("sharded source")]
    [InlineData("collation")]
    [InlineData("document rules")]
    [InlineData("another shard key")]
    public void What_cannot_be_copied_so_is_refused_by_name(string what)
    {
        var collation = new DocumentBuilder
        {
            {
                "collation",
                new DocumentBuilder { { "locale", "sv" } }
            },
        }.Build();
        var plain = new CollectionDescription(
            new("shop", "orders"),
            Guid.NewGuid(),
            CollectionKind.Collection,
            what == "collation" ? collation : RawDocument.Empty,
            [],
            []
        );
        var collection = what switch
        {
            "document rules" => plain with { IsRuled = true },
            "another shard key" => plain with
            {
                ShardKey = new(new DocumentBuilder { { "region", 1 } }.Build(), IsUnique: false),
            },
            _ => plain,
        };

        var failure = Should.Throw<MigrationFailedException>(() =>
            Natural.Includes(collection, isSourceSharded: what == "sharded source")
        );

        failure.Code.ShouldBe("NaturalOrderNotPossible");
        failure.Message.ShouldContain("shop.orders");
    }

    [Fact]
    public void Only_what_is_named_is_meant_and_of_that_neither_capped_collections_nor_buckets()
    {
        var all = NaturalOrder.Parse("""[{"database": "shop"}]""");
        var plain = new CollectionDescription(
            new("shop", "orders"),
            Guid.NewGuid(),
            CollectionKind.Collection,
            RawDocument.Empty,
            [],
            []
        );
        all.Includes(plain, isSourceSharded: false).ShouldBeTrue();
        all.Includes(plain with { Name = new("store", "orders") }, isSourceSharded: false).ShouldBeFalse();
        all.Includes(plain with { Name = new("shop", "system.buckets.m") }, isSourceSharded: false).ShouldBeFalse();
        var capped = new DocumentBuilder { { "capped", true }, { "size", 4096 } }.Build();
        all.Includes(plain with { Options = capped }, isSourceSharded: false).ShouldBeFalse();
        Natural.Includes(plain with { Name = new("shop", "customers") }, isSourceSharded: false).ShouldBeFalse();
    }

    /// <summary>Keys in no order, as they lie.</summary>
    private static MigrationScenario Scenario(int seed, double faultRate = 0)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var scenario = new MigrationScenario(seed, faultRate);
        _ = scenario.Source.CreateByUser(Orders, RawDocument.Empty);
        var ids = Enumerable.Range(0, Documents).ToArray();
        new Random(seed).Shuffle(ids);
        foreach (var id in ids)
        {
            _ = scenario.Source.PutByUser(Orders, scenario.Document(id));
        }

        scenario.Load("shop.customers", 20);
        return scenario;
    }

    private static void Disturb(MigrationScenario scenario, int id, int how)
    {
        switch (how % 4)
        {
            case 0 or 1:
                scenario.Source.DeleteByUser(Orders, id);
                _ = scenario.Source.PutByUser(Orders, scenario.Document(id));
                break;
            case 2:
                scenario.Source.SetByUser(Orders, id, "b", how);
                break;
            default:
                scenario.Source.DeleteByUser(Orders, id);
                break;
        }
    }

    private static void Change(MigrationScenario scenario, string change)
    {
        switch (change)
        {
            case "rename":
                scenario.Source.RenameByUser(Orders, "shop.bills");
                scenario.Source.SetByUser("shop.bills", 7, "b", 1);
                break;
            case "drop":
                scenario.Source.DropByUser(Orders);
                break;
            case "again":
                scenario.Source.DropByUser(Orders);
                scenario.Load(Orders, 50);
                break;
            default:
                scenario.Define(Orders, "number", "sparse", true);
                break;
        }
    }

    private static List<int> InOrder(MigrationScenario scenario)
    {
        var orders = scenario.Source.State.Catalogue.Values.Single(one => one.Name.Collection == "orders");
        return
        [
            .. scenario.Source.State.After(orders.Uuid, -1, int.MaxValue).Select(one => one.Document["_id"].AsInt32),
        ];
    }

    private static Task<MigrationReport> RunAsync(MigrationScenario scenario, MigrationSettings settings) =>
        scenario.RunAsync(settings, Token).WaitAsync(TimeSpan.FromSeconds(60), Token);

    private static string Explain(MigrationReport report) =>
        $"{report.Failure?.Message}{report.Verdict.Reason} {string.Join("; ", report.Differences)} {string.Join("; ", report.Remarks)}";
}
