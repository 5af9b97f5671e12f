using Godwit.Bson;
using Godwit.Engine.Copying;
using Godwit.Engine.Faults;
using Godwit.Engine.Verifying;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests;

/// <summary>Other hosts sum ranges up for the one that leads; what it finds, and what it does about it, is the same.</summary>
[Requirement("H08")]
[Requirement("S21")]
public sealed class SharedVerificationTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("S24")]
    public async Task What_another_host_finds_different_is_named_and_healed()
    {
        var scenario = new MigrationScenario(71);
        scenario.Load("shop.orders", 400);
        var others = new Others(scenario)
        {
            OnFirstSum = () =>
                scenario.Destination.TamperWith(
                    "shop.orders",
                    new DocumentBuilder { { "_id", 3 }, { "a", "tampered" } }.Build()
                ),
        };

        var report = await scenario.RunAsync(MostlyOthers(others), Token);

        report.Verdict.Text.ShouldBe("identical after healing 1");
        report.Differences.ShouldContain(one => one.Key == "3" && one.What == "different" && one.IsHealed);
        others.Summed.ShouldBePositive();
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe());
    }

    [Fact]
    public async Task A_range_whose_host_goes_away_is_summed_up_by_another()
    {
        var scenario = new MigrationScenario(72);
        scenario.Load("shop.orders", 400);
        var others = new Others(scenario) { Failures = 5 };

        var report = await scenario.RunAsync(MostlyOthers(others), Token);

        report.Verdict.Text.ShouldBe("identical");
        others.Failures.ShouldBe(0);
    }

    [Fact]
    public async Task Hosts_without_room_hold_nothing_up()
    {
        var scenario = new MigrationScenario(73);
        scenario.Load("shop.orders", 400);
        var others = new Others(scenario) { HasRoom = false };

        var report = await scenario.RunAsync(MigrationScenario.Quick with { Hosts = others, Verifiers = 1 }, Token);

        report.Verdict.Text.ShouldBe("identical");
        others.Summed.ShouldBe(0);
    }

    private static MigrationSettings MostlyOthers(IRangeHosts others) =>
        MigrationScenario.Quick with
        {
            Hosts = others,
            Verifiers = 1,
        };

    private sealed class Others(MigrationScenario scenario) : IRangeHosts, IRangeHost
    {
        private readonly RangeMover mover = new(
            scenario.Source,
            scenario.Destination,
            new RetryPolicy(
                TimeProvider.System,
                new Random(1),
                TimeSpan.FromMilliseconds(1),
                TimeSpan.FromMilliseconds(10),
                TimeSpan.FromMinutes(1)
            )
        );

        private readonly RangeSummer summer = new(scenario.Source, scenario.Destination);
        private int summed;
        private int failures;

        internal bool HasRoom { get; init; } = true;

        internal Action? OnFirstSum { get; init; }

        internal int Summed => Volatile.Read(ref summed);

        internal int Failures
        {
            get => Math.Max(0, Volatile.Read(ref failures));
            init => failures = value;
        }

        public async Task<IRangeHost> RentAsync(CancellationToken cancellationToken)
        {
            await (HasRoom ? Task.CompletedTask : Task.Delay(Timeout.Infinite, cancellationToken));
            return this;
        }

        public IAsyncEnumerable<MovedBatch> MoveAsync(RangeMove move, CancellationToken cancellationToken) =>
            mover.MoveAsync(move, cancellationToken);

        public async Task<RangeSums> SumAsync(RangePair pair, CancellationToken cancellationToken)
        {
            if (Interlocked.Decrement(ref failures) >= 0)
            {
                throw new ClusterException(Side.Destination, Stage.Read, FaultKind.Transient, "the host is gone");
            }

            if (Interlocked.Increment(ref summed) == 1)
            {
                OnFirstSum?.Invoke();
            }

            return await summer.SumAsync(pair, cancellationToken);
        }

        public void Dispose()
        {
            // Room without end.
        }
    }
}
