using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Copying;

/// <summary>
/// What the two ways to copy a collection with random keys cost, counted with the engine's own decisions
/// (docs/decisions/0012-collections-with-random-keys.md).
/// </summary>
[Requirement("S8")]
public sealed class CopyOrderModelTests
{
    private const int Documents = 100_000;
    private const int Ranges = 50;
    private const int Seed = 12;

    [Theory]
    [InlineData(0.05, 0.01)]
    [InlineData(0.05, 0.1)]
    [InlineData(0.05, 1.0)]
    [InlineData(0.5, 0.1)]
    [InlineData(1.0, 0.1)]
    public void Ranges_of_keys_read_nothing_again_and_pages_anywhere_natural_order_reads_what_changed_again(
        double cachedShare,
        double writesPerDocument
    )
    {
        var inRanges = new CopyOrderModel(Seed, Documents, Ranges, cachedShare, writesPerDocument).InRanges();
        var natural = new CopyOrderModel(Seed, Documents, 1, cachedShare, writesPerDocument).InNaturalOrder();
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"cached {cachedShare:P0}, {writesPerDocument} writes a document: ranges {inRanges}, natural {natural}"
        );

        inRanges.ReadAgain.ShouldBe(0);
        // Of as many keys drawn as there were writes, so many are different ones.
        var changed = Documents * (1 - Math.Exp(-writesPerDocument));
        natural.ReadAgain.ShouldBeInRange((int)(changed * 0.95), (int)(changed * 1.05));
        natural.RandomReads.ShouldBeLessThanOrEqualTo(natural.ReadAgain);
        natural.SequentialReads.ShouldBe(Documents / 32);
    }

    [Fact]
    public void A_crash_costs_a_range_or_everything_that_was_read_in_natural_order()
    {
        var inRanges = new CopyOrderModel(Seed, Documents, Ranges, 0.05, 0.1).InRanges(crashAt: 0.73);
        var natural = new CopyOrderModel(Seed, Documents, 1, 0.05, 0.1).InNaturalOrder(crashAt: 0.73);
        TestContext.Current.TestOutputHelper?.WriteLine($"ranges {inRanges}, natural {natural}");

        inRanges.CopiedTwice.ShouldBeLessThanOrEqualTo(Documents / Ranges);
        natural.CopiedTwice.ShouldBe((int)(Documents * 0.73));
    }
}
