using Godwit.Engine.Pacing;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Pacing;

/// <summary>How large the batches of a lane are.</summary>
[Requirement("S14")]
public sealed class BatchPacerTests
{
    private static readonly TimeSpan Wanted = TimeSpan.FromMilliseconds(100);
    private readonly BatchPacer pacer = new(50, 5_000, Wanted);

    [Fact]
    public void A_batch_that_took_too_long_makes_the_next_ones_smaller_and_quick_ones_make_them_larger_again()
    {
        pacer.Note(5_000, 10 * Wanted);
        pacer.ItemsMax.ShouldBe(500);
        pacer.Note(500, 100 * Wanted);
        pacer.ItemsMax.ShouldBe(50);
        pacer.Note(50, Wanted / 2);
        pacer.ItemsMax.ShouldBe(100);
    }

    [Fact]
    [Requirement("S10")]
    [Requirement("H08")]
    public void A_batch_has_for_each_place_that_it_is_written_in_as_much_as_is_written_there_in_its_time()
    {
        pacer.Note(1_000, 2 * Wanted, places: 3);
        pacer.ItemsMax.ShouldBe(1_500);
        pacer.Note(500, Wanted / 2, places: 2);
        pacer.ItemsMax.ShouldBe(2_000);
        pacer.Note(100, Wanted / 2);
        pacer.ItemsMax.ShouldBe(1_000);
    }
}
