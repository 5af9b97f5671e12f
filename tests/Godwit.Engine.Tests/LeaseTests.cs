using Godwit.Bson;
using Godwit.Engine.Copying;
using Godwit.Engine.Faults;
using Godwit.Engine.Pacing;
using Godwit.Engine.Ports;
using Godwit.Engine.Recovery;
using Godwit.Engine.Tests.Fakes;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests;

/// <summary>The server forgets a session, and the fence in it, after 30 minutes: a process that stood still that long does not write on.</summary>
[Requirement("S18")]
public sealed class LeaseTests
{
    private static readonly TimeSpan LongSleep = TimeSpan.FromMinutes(31);
    private readonly SkippingTime time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_write_that_a_process_had_in_hand_when_it_was_suspended_is_not_sent(bool isMachineSuspended)
    {
        var destination = new FakeCluster("destination", FakeFaults.None);
        using var collection = destination.CreateFollowed("shop.orders");
        var lease = new Lease(time);
        var writer = new RangeWriter(destination, new WriteSlots(Guid.NewGuid(), 1, 1), 0, Retry(lease));
        await writer.InsertAsync(collection, Document(1), Token);
        Suspend(isMachineSuspended);

        _ = await Should.ThrowAsync<LeaseLapsedException>(writer.InsertAsync(collection, Document(2), Token));

        destination.Find("shop.orders", 1).IsEmpty.ShouldBeFalse();
        destination.Find("shop.orders", 2).IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task An_answer_that_arrives_after_the_suspension_confirms_nothing()
    {
        var destination = new FakeCluster("destination", FakeFaults.None);
        var lease = new Lease(time);
        using var store = new ReservedStore(destination, new WriteSlots(Guid.NewGuid(), 1, 1), 0, lease, Retry(lease));
        destination.BeforeWrite = _ =>
        {
            time.Skip(LongSleep);
            return Task.CompletedTask;
        };
        await store.PutAsync("position", [new DocumentBuilder { { "_id", "position" } }.Build()], Token);

        _ = Should.Throw<LeaseLapsedException>(lease.Check);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_process_that_nobody_has_replaced_meanwhile_takes_the_migration_up_anew(bool isMachineSuspended)
    {
        var scenario = new MigrationScenario(80);
        scenario.Load("shop.orders", 30);
        var migration = scenario.Migrate(MigrationScenario.Quick with { CutoverAutomatic = false }, time);
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);

        Suspend(isMachineSuspended);

        await scenario.UntilAsync(() => migration.Progress.Warnings.Any(one => one.Contains("taken up anew")));
        scenario.Source.SetByUser("shop.orders", 1, "note", 1);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        migration.RequestCutover();
        var report = await run.WaitAsync(TimeSpan.FromSeconds(20), Token);
        report.Verdict.Text.ShouldBe("identical");
        report.Resumptions.ShouldBe(1);
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe());
    }

    private void Suspend(bool isMachineSuspended)
    {
        if (isMachineSuspended)
        {
            time.SkipWallClock(LongSleep);
        }
        else
        {
            time.Skip(LongSleep);
        }
    }

    private RetryPolicy Retry(Lease lease) =>
        new RetryPolicy(time, new Random(1), TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero).Checking(lease.Check);

    private static DocumentBatch Document(int id) => DocumentBatch.Of([new DocumentBuilder { { "_id", id } }.Build()]);
}
