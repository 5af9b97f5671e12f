using Godwit.Engine.Preflight;
using Godwit.Engine.Rehearsing;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Rehearsing;

/// <summary>What a migration would take follows from what its source holds and was seen to do.</summary>
[Requirement("H11")]
public sealed class ForecastTests
{
    private static readonly SourceSample Calm = new(
        BytesRead: 50_000_000,
        BytesPerSecond: 100e6,
        EventsPerSecond: 0,
        EventBytesPerSecond: 0,
        TimeSpan.FromMilliseconds(50),
        UniqueIndexes: 0
    );

    private static readonly NamespaceFacts[] Hundred =
    [
        new(new("shop", "orders"), "collection", 1000, 60_000_000_000, 20_000_000_000),
        new(new("shop", "log"), "collection", 1000, 40_000_000_000, 10_000_000_000),
    ];

    [Fact]
    public void A_source_at_rest_is_copied_and_compared_at_the_rate_it_was_read()
    {
        var forecast = Forecast.Of(Hundred, Calm, TimeSpan.FromHours(24), 1_000_000_000);

        forecast.Copy.ShouldBe(TimeSpan.FromSeconds(1000));
        forecast.UntilInSync.ShouldBe(TimeSpan.FromSeconds(2000));
        forecast.KeepsUp.ShouldBeTrue();
        forecast.DestinationBytes.ShouldBe(36_000_000_000);
        forecast.WindowNeeded.ShouldBe(TimeSpan.FromHours(1));
        forecast.Downtime.ShouldBe(TimeSpan.FromMilliseconds(250));
    }

    [Fact]
    public void Changes_make_it_longer_and_too_many_are_said_not_to_end()
    {
        var busy = Calm with { EventBytesPerSecond = 12.5e6, EventsPerSecond = 20_000, UniqueIndexes = 10 };

        var forecast = Forecast.Of(Hundred, busy, null, null);
        forecast.Copy.ShouldBe(TimeSpan.FromSeconds(2000));
        forecast.OplogBytesNeeded.ShouldBeNull();
        forecast.Downtime.ShouldBe(TimeSpan.FromMilliseconds(250 + 200 + 1000));
        Forecast.Of(Hundred, busy with { EventBytesPerSecond = 30e6 }, null, null).KeepsUp.ShouldBeFalse();
    }

    [Fact]
    public void The_oplog_should_reach_back_over_all_of_it()
    {
        var slow = Calm with { BytesPerSecond = 10e6 };

        var forecast = Forecast.Of(Hundred, slow, TimeSpan.FromSeconds(10_000), 1_000_000_000);

        forecast.WindowNeeded.ShouldBe(TimeSpan.FromSeconds(20_000));
        forecast.OplogBytesNeeded.ShouldBe(2_000_000_000);
    }

    [Fact]
    public async Task A_source_is_read_and_followed_and_holds_afterwards_what_it_held()
    {
        var scenario = new MigrationScenario(81);
        scenario.Load("shop.orders", 200);
        scenario.Load("shop.small", 3);
        scenario.Define("shop.orders", "number", "unique", true);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var work = scenario.WorkAsync(["shop.orders"], 200, definitions: false, stop.Token);
        var sampler = new SourceSampler(scenario.Source, TimeSpan.FromMilliseconds(300), TimeProvider.System);

        var sample = await sampler.RunAsync(TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        await work;

        sample.BytesRead.ShouldBeGreaterThan(0);
        sample.BytesPerSecond.ShouldBeGreaterThan(0);
        sample.EventsPerSecond.ShouldBeGreaterThan(0);
        sample.Delay.ShouldBeGreaterThan(TimeSpan.Zero);
        sample.UniqueIndexes.ShouldBe(1);
        scenario.Source.ReadReserved(Recovery.ReservedStore.Migration).ShouldBeEmpty();
    }
}
