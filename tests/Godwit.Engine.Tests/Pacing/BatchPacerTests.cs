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
    public void The_way_to_another_host_and_back_makes_no_batch_smaller()
    {
        pacer.Note(5_000, 10 * Wanted, way: 9.5 * Wanted);
        pacer.ItemsMax.ShouldBe(5_000);
        pacer.Note(5_000, 12 * Wanted, way: 10 * Wanted);
        pacer.ItemsMax.ShouldBe(2_500);
    }
}
