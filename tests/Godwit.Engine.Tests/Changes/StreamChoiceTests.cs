using Godwit.Engine.Changes;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Changes;

/// <summary>How many change streams there are, by what is seen of them.</summary>
[Requirement("S10")]
public sealed class StreamChoiceTests
{
    private readonly StreamChoice choice = new(most: 8);

    [Fact]
    public void A_source_that_brings_more_than_one_cursor_does_gets_more_until_they_keep_up()
    {
        choice.Judge(1, Behind(rate: 1000)).ShouldBe(2);
        choice.Judge(2, Behind(rate: 1900)).ShouldBe(4);
        choice.Judge(4, Behind(rate: 3500)).ShouldBe(8);
        choice.Judge(8, Behind(rate: 6000)).ShouldBe(8, "no more than there may be");
        choice.Judge(8, KeepingUp()).ShouldBe(8);
    }

    [Fact]
    public void What_brings_nothing_is_taken_back_and_not_tried_again_soon()
    {
        choice.Judge(1, Behind(rate: 1000)).ShouldBe(2);
        choice.Judge(2, Behind(rate: 1100)).ShouldBe(1);
        for (var minutes = 0; minutes < 9; minutes++)
        {
            choice.Judge(1, Behind(rate: 1000, elapsed: 60)).ShouldBe(1);
        }

        choice.Judge(1, Behind(rate: 1000, elapsed: 60)).ShouldBe(2);
    }

    [Theory]
    [InlineData(0.5, 1000)]
    [InlineData(1.0, 0)]
    public void A_destination_that_does_not_keep_up_or_a_silent_source_gets_no_more(double reading, double rate) =>
        choice.Judge(1, Behind(rate, reading: reading)).ShouldBe(1);

    [Fact]
    public void Once_they_keep_up_for_long_there_are_fewer_again_and_for_longer_where_that_was_too_few()
    {
        choice.Judge(1, Behind(rate: 1000)).ShouldBe(2);
        CalmUntilFewer(2).ShouldBe(10, "minutes");
        choice.Judge(1, Behind(rate: 1000)).ShouldBe(2);
        CalmUntilFewer(2).ShouldBe(20, "minutes");
        choice.Judge(1, KeepingUp()).ShouldBe(1);
    }

    private int CalmUntilFewer(int streams)
    {
        for (var minutes = 1; ; minutes++)
        {
            if (choice.Judge(streams, KeepingUp(elapsed: 60)) < streams)
            {
                return minutes;
            }
        }
    }

    private static StreamLoad Behind(double rate, double elapsed = 15, double reading = 0.95) =>
        new(TimeSpan.FromSeconds(elapsed), TimeSpan.FromSeconds(60), reading, (long)(rate * elapsed));

    private static StreamLoad KeepingUp(double elapsed = 15) =>
        new(TimeSpan.FromSeconds(elapsed), TimeSpan.FromSeconds(1), 0.95, 1000);
}
