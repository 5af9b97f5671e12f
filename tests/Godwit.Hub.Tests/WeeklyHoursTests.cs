using System.Globalization;
using Godwit.Contracts;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Hub.Tests;

/// <summary>Hours of the week, as a migration host copies in them and cutovers are asked for in them.</summary>
[Requirement("A06")]
public sealed class WeeklyHoursTests
{
    // 2026-11-30 is a Monday.
    [Theory]
    [InlineData("22:00-06:00", "2026-11-30 22:00", true)]
    [InlineData("22:00-06:00", "2026-12-01 05:59", true)]
    [InlineData("22:00-06:00", "2026-12-01 06:00", false)]
    [InlineData("22:00-06:00", "2026-11-30 21:59", false)]
    [InlineData("Sat,Sun 00:00-24:00", "2026-11-29 23:59", true)]
    [InlineData("Sat,Sun 00:00-24:00", "2026-11-30 00:00", false)]
    [InlineData("Mon-Fri 20:00-06:00", "2026-11-30 05:00", false)]
    [InlineData("Mon-Fri 20:00-06:00", "2026-12-05 05:00", true)]
    [InlineData("fri-mon 1:00-2:00", "2026-11-30 01:30", true)]
    [InlineData("fri-mon 1:00-2:00", "2026-12-01 01:30", false)]
    public void A_time_is_within_them_or_not(string hours, string moment, bool isWithin) =>
        WeeklyHours.Parse([hours]).Contain(At(moment)).ShouldBe(isWithin);

    [Theory]
    [InlineData("22:00-06:00", "2026-11-30 12:34", "2026-11-30 22:00")]
    [InlineData("Mon-Fri 20:00-06:00", "2026-12-05 06:00", "2026-12-07 20:00")]
    [InlineData("Sun 03:00-04:00", "2026-11-29 04:00", "2026-12-06 03:00")]
    public void They_begin_next_at(string hours, string moment, string next) =>
        WeeklyHours.Parse([hours]).Next(At(moment)).ShouldBe(At(next));

    [Fact]
    public void None_means_always_and_several_add_up()
    {
        WeeklyHours.Parse([]).Contain(At("2026-11-30 12:00")).ShouldBeTrue();
        WeeklyHours.Parse([]).LongestClosed.ShouldBe(TimeSpan.Zero);
        WeeklyHours.Parse(["20:00-22:00", "23:00-02:00"]).LongestClosed.ShouldBe(TimeSpan.FromHours(18));
        WeeklyHours.Parse(["Sun 00:00-01:00"]).LongestClosed.ShouldBe(TimeSpan.FromHours(7 * 24 - 1));
    }

    [Theory]
    [InlineData("")]
    [InlineData("22-6")]
    [InlineData("25:00-06:00")]
    [InlineData("06:00-06:00")]
    [InlineData("Mo 06:00-08:00")]
    [InlineData("Mon-Wed-Fri 06:00-08:00")]
    [InlineData("Mon 06:00-08:00 UTC")]
    public void What_is_none_is_said(string text) => WeeklyHours.Problem(text).ShouldNotBeNull();

    private static DateTimeOffset At(string text) =>
        DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
