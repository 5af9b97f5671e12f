using Godwit.Engine.Mongo.Reading;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Mongo.Tests;

/// <summary>How many keys the server is asked for to find bounds of ranges.</summary>
public sealed class RangeSplitterTests
{
    [Fact]
    public void Few_ranges_are_bounded_by_many_keys_each() =>
        RangeSplitter.SamplesPerRange(10_000_000, 100).ShouldBe(20);

    [Fact]
    public void No_more_than_a_twentieth_of_a_collection_is_drawn_for_its_server_would_scan_it() =>
        RangeSplitter.SamplesPerRange(100_000, 1_000).ShouldBe(4);

    [Theory]
    [InlineData(100_000)]
    [InlineData(400_000)]
    public void However_large_the_collection_half_a_million_keys_have_to_do(int ranges) =>
        ((long)RangeSplitter.SamplesPerRange(long.MaxValue / 2, ranges) * ranges).ShouldBeInRange(ranges, 500_000);

    [Fact]
    public void Each_range_is_bounded_by_one_key_at_least() =>
        RangeSplitter.SamplesPerRange(10_000_000_000, 1_000_000).ShouldBe(1);
}
