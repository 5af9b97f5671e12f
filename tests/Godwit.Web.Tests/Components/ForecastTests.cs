using Bunit;
using Godwit.Hub.Web.Live;
using MudBlazor.Services;
using Shouldly;
using Xunit;

namespace Godwit.Web.Tests.Components;

/// <summary>Forecasts say what they are built on, and nothing where nothing honest can be said; charts keep their past.</summary>
[Trait("Set", "Walk")]
public sealed class ForecastTests : BunitContext
{
    public ForecastTests() => Services.AddMudServices();

    [Fact]
    public void A_copy_is_forecast_from_the_rate_of_the_last_minute()
    {
        var story = Stories.Of(
            Stories.Progress("COPYING", bytesCopied: 0, bytesEstimated: 10_000_000),
            Stories.Progress("COPYING", bytesCopied: 1_000_000, bytesEstimated: 10_000_000)
        );
        var forecast = Forecast.Of(story);
        forecast.Left.ShouldBe(TimeSpan.FromSeconds(9));
        forecast.Basis.ShouldContain("last minute");
    }

    [Fact]
    public void A_copy_that_stands_still_is_not_forecast()
    {
        var same = Stories.Progress("COPYING", bytesCopied: 5, bytesEstimated: 10);
        Forecast.Of(Stories.Of(same, same)).Left.ShouldBeNull();
    }

    [Fact]
    public void Changes_that_wait_are_forecast_from_the_rate_they_are_applied_at()
    {
        var story = Stories.Of(
            Stories.Progress("APPLYING", eventsApplied: 0, eventsWaiting: 500),
            Stories.Progress("APPLYING", eventsApplied: 100, eventsWaiting: 400)
        );
        Forecast.Of(story).Left.ShouldBe(TimeSpan.FromSeconds(4));
    }

    [Fact]
    public void An_oplog_that_shrinks_is_forecast_and_one_that_is_short_is_warned_of()
    {
        var shrinking = Stories.Of([
            .. Enumerable
                .Range(0, 21)
                .Select(i => Stories.Progress("COPYING") with { HistoryLeftSeconds = 7200 - (60 * i) }),
        ]);
        shrinking.HistoryEnds().ShouldBe(TimeSpan.FromSeconds(100));
        Figures(shrinking).ShouldContain("shrinking: used up in");
        Figures(shrinking).ShouldNotContain("replSetResizeOplog");

        var growing = Stories.Of([
            .. Enumerable.Range(0, 21).Select(i => Stories.Progress("COPYING") with { HistoryLeftSeconds = 600 + i }),
        ]);
        growing.HistoryEnds().ShouldBeNull();
        Figures(growing).ShouldContain("replSetResizeOplog");

        string Figures(Story story) => Render<Figures>(parameters => parameters.AddCascadingValue(story)).Markup;
    }

    [Fact]
    public void Days_of_figures_stay_a_few_hundred_points_that_reach_back_to_the_beginning()
    {
        var story = Stories.Of([.. Enumerable.Range(0, 5000).Select(i => Stories.Progress("COPYING", bytesCopied: i))]);
        story.Samples.Count.ShouldBeLessThanOrEqualTo(241);
        story.Samples[0].At.ShouldBe(Stories.Start);
        story.Samples.Select(sample => sample.At).ShouldBeInOrder();
    }

    [Fact]
    public void A_count_that_begins_anew_leaves_a_gap_instead_of_a_rate_below_zero()
    {
        var story = Stories.Of(
            Stories.Progress("COPYING", bytesCopied: 100),
            Stories.Progress("COPYING", bytesCopied: 10),
            Stories.Progress("COPYING", bytesCopied: 30)
        );
        story.Rates(sample => sample.BytesCopied).ShouldBe([null, 20]);
    }
}
