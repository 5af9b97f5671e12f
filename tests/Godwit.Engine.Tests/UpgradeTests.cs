using Godwit.Engine.Faults;
using Godwit.Engine.Ports;
using Godwit.Engine.Reporting;
using Godwit.Engine.Tests.Fakes;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests;

/// <summary>
/// Servers are upgraded while a migration runs, one after the other, and one of the earlier release may be primary again meanwhile: what
/// they offer comes and goes (L2). Whatever was found at the start does not stay the truth.
/// </summary>
[Requirement("S8")]
[Requirement("S15")]
public sealed class UpgradeTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly Version V70 = new(7, 0, 21);
    private static readonly Version V80 = new(8, 0, 10);

    private static MigrationSettings Settings =>
        MigrationScenario.Quick with
        {
            CutoverAutomatic = false,
            ReleaseWatchEvery = TimeSpan.FromMilliseconds(20),
        };

    private static ClusterException Unknown =>
        new(Side.Destination, Stage.Write, FaultKind.BadRequest, "unknown field", 40415);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Reads_at_a_time_that_another_release_offers_or_refuses_are_found_out_anew(bool isUpgrade)
    {
        var scenario = new MigrationScenario(90);
        var source = scenario.Source;
        _ = source.CreateByUser("shop.log", new Bson.DocumentBuilder { { "capped", true }, { "size", 4096 } }.Build());
        _ = source.PutByUser("shop.log", scenario.Document(1));
        Become(!isUpgrade);
        source.BeforeRange = read =>
        {
            if (source.ReadsCappedInPassing && read.Order != ReadOrder.Passing)
            {
                throw new ClusterException(Side.Source, Stage.Read, FaultKind.NeedsNewCursor, "capped", 246);
            }
        };
        var (migration, run) = await FollowAsync(scenario, Settings);

        Become(isUpgrade);

        await scenario.UntilAsync(() => migration.Progress.Warnings.Any(one => one.Contains("found out anew")));
        _ = source.PutByUser("shop.log", scenario.Document(2));
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        migration.RequestCutover();
        var report = await run.WaitAsync(Limit, Token);
        report.Verdict.Text.ShouldBe("identical", report.Failure?.Message);
        report.Resumptions.ShouldBe(1);
        scenario.Destination.Describe().ShouldBe(source.Describe());

        void Become(bool isNew) => (source.Release, source.ReadsCappedInPassing) = (isNew ? V80 : V70, !isNew);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_write_that_an_older_primary_does_not_understand_is_made_in_the_way_it_does(bool isOfData)
    {
        var scenario = new MigrationScenario(91);
        scenario.Load("shop.orders", 30);
        var destination = scenario.Destination;
        var (migration, run) = await FollowAsync(scenario, Settings with { ReleaseWatchEvery = Limit });

        Refuse(destination, isOfData, Downgrade(destination));
        scenario.Source.SetByUser("shop.orders", 1, "note", 1);

        await scenario.UntilAsync(() => migration.Progress.Warnings.Any(one => one.Contains("found out anew")));
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        migration.RequestCutover();
        var report = await run.WaitAsync(Limit, Token);
        report.Verdict.Text.ShouldBe("identical", report.Failure?.Message);
        destination.Describe().ShouldBe(scenario.Source.Describe());
    }

    [Fact]
    public async Task A_definition_that_an_older_primary_does_not_understand_is_made_once_what_it_offers_is_known()
    {
        var scenario = new MigrationScenario(93);
        scenario.Load("shop.orders", 30);
        scenario.Define("shop.orders", "number", "unique", true);
        var destination = scenario.Destination;
        var (migration, run) = await FollowAsync(scenario, Settings with { ReleaseWatchEvery = Limit });

        var isUnknown = Downgrade(destination);
        destination.BeforeModify = () =>
        {
            if (isUnknown())
            {
                throw Unknown;
            }
        };
        migration.RequestCutover();

        var report = await run.WaitAsync(Limit, Token);
        report.Verdict.Text.ShouldBe("identical", report.Failure?.Message);
        report.Resumptions.ShouldBe(1);
        destination.Describe().ShouldContain(" unique: true");
    }

    [Fact]
    public async Task Progress_that_is_refused_though_nothing_has_changed_ends_the_migration()
    {
        var run = await RefuseAsync(isOfData: false);

        var fault = await Should.ThrowAsync<ClusterException>(run.WaitAsync(Limit, Token));
        fault.Code.ShouldBe(40415);
    }

    [Fact]
    public async Task A_document_that_is_refused_though_nothing_has_changed_ends_the_migration_and_is_named()
    {
        var run = await RefuseAsync(isOfData: true);

        var failure = (await run.WaitAsync(Limit, Token)).Failure.ShouldNotBeNull();
        failure.Code.ShouldBe("DocumentRefused");
        failure.Message.ShouldContain("_id 1 of shop.orders: unknown field");
    }

    /// <summary>A migration that has come to its changes when writes are refused, of data or of its progress.</summary>
    private static async Task<Task<MigrationReport>> RefuseAsync(bool isOfData)
    {
        var scenario = new MigrationScenario(92);
        scenario.Load("shop.orders", 30);
        var (_, run) = await FollowAsync(scenario, Settings);
        Refuse(scenario.Destination, isOfData, () => true);
        scenario.Source.SetByUser("shop.orders", 1, "note", 1);
        return run;
    }

    /// <summary>A migration that has come to its changes.</summary>
    private static async Task<(Migration Migration, Task<MigrationReport> Run)> FollowAsync(
        MigrationScenario scenario,
        MigrationSettings settings
    )
    {
        var migration = scenario.Migrate(settings);
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        return (migration, run);
    }

    /// <summary>Lets an older server be primary; says whether nobody has found out yet what it offers.</summary>
    private static Func<bool> Downgrade(FakeCluster destination)
    {
        var before = destination.Probes;
        (destination.Release, destination.BypassesEmptyTimestamps) = (V70, false);
        return () => destination.Probes == before;
    }

    private static void Refuse(FakeCluster destination, bool isOfData, Func<bool> isSo) =>
        destination.BeforeWrite = command =>
            (command.Collection.Name.ToString() == "shop.orders") == isOfData && isSo()
                ? throw Unknown
                : Task.CompletedTask;
}
