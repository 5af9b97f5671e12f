using Godwit.Engine.Planning;
using Godwit.Engine.Ports;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Applying;

/// <summary>A unique value goes from one document to another, and the lane of the one that has it is slow.</summary>
public sealed class UniqueValueTests
{
    private const int Checkpoints = 60;
    private const int Lanes = 4;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("S25")]
    public async Task A_document_that_waits_for_a_unique_value_is_tried_again_when_the_slow_lane_that_holds_it_has_moved()
    {
        var scenario = new MigrationScenario(73);
        scenario.Load("shop.orders", 30);
        scenario.Define("shop.orders", "number", "unique", true);
        var settings = MigrationScenario.Quick with { CutoverAutomatic = false, Lanes = Lanes };
        // A round of verification waits for all lanes.
        var migration = scenario.Migrate(settings with { VerifyEvery = TimeSpan.FromHours(1) });
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => scenario.Destination.Describe().Contains("prepareUnique"));
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        var (held, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        var (saved, madeWay) = (0, 0);
        scenario.Destination.BeforeWrite = async command =>
        {
            if (command.Collection.Name.ToString() == "shop.orders" && !held.Task.IsCompleted)
            {
                held.SetResult();
                await goOn.Task;
            }
            else if (command.Kind == WriteKind.Delete)
            {
                _ = Interlocked.Increment(ref madeWay);
            }
            else if (command.Collection.Name.Database == ReservedNames.Database)
            {
                _ = Interlocked.Increment(ref saved);
            }
        };
        scenario.Source.SetByUser("shop.orders", 0, "number", 1000);
        await held.Task.WaitAsync(Token);
        scenario.Source.SetByUser("shop.orders", OfAnotherLane(scenario), "number", 0);
        await scenario.UntilAsync(() => run.IsCompleted || Volatile.Read(ref saved) > Checkpoints);
        goOn.SetResult();
        migration.RequestCutover();

        var report = await run.WaitAsync(TimeSpan.FromSeconds(30), Token);

        report.Verdict.Text.ShouldBe("identical", report.Failure?.Message);
        madeWay.ShouldBe(1, "it is of no use to try again before the other has moved");
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe());
    }

    /// <summary>A document that is not in the lane of the first.</summary>
    private static int OfAnotherLane(MigrationScenario scenario)
    {
        var uuid = scenario.Source.State.Catalogue[Bson.Namespace.Parse("shop.orders")].Uuid;
        return Enumerable.Range(1, 29).First(id => LaneOf(id) != LaneOf(0));

        int LaneOf(int id) => KeyHash.Of(uuid, FollowedCollection.KeyOf(id)).Lane(Lanes);
    }
}
