using Godwit.Bson;
using Godwit.Engine.Planning;
using Godwit.Engine.Recovery;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Planning;

/// <summary>Ranges of one collection: cut, cut again after a restart, and how many of them are left.</summary>
public sealed class RangeTableTests
{
    [Fact]
    public void All_are_copied_once_the_last_one_is_in_whatever_order_they_come()
    {
        var table = new RangeTable([Bound(10), Bound(20), Bound(30)]);
        foreach (var number in new[] { 3, 0, 2, 1 })
        {
            table.IsCopied.ShouldBeFalse($"before {number}");
            Finish(table.Ranges[number]);
        }

        table.IsCopied.ShouldBeTrue();
    }

    [Fact]
    [Requirement("S7")]
    public void A_rest_that_is_split_off_has_to_be_copied_too()
    {
        var table = new RangeTable([Bound(10)]);
        Finish(table.Ranges[0]);
        table.IsCopied.ShouldBeFalse();
        table.Ranges[1].Open(new(1, 1));
        var rest = table.Split(table.Ranges[1], Bound(15));
        Finish(table.Ranges[1]);
        table.IsCopied.ShouldBeFalse();
        Finish(rest);
        table.IsCopied.ShouldBeTrue();
    }

    [Fact]
    [Requirement("S7")]
    [Requirement("S16")]
    public void What_an_earlier_life_had_not_begun_is_cut_again_and_what_it_had_copied_stays()
    {
        var (collection, destination) = (Guid.NewGuid(), Guid.NewGuid());
        SavedRange Saved(int number, RawValue lower, RawValue upper) =>
            new(collection, destination, number, new(1, 1), lower, upper, default);
        var table = RangeRestorer.Restore([Saved(1, 10, 20), Saved(3, 30, 40)], new(new(5, 1), new(6, 1)))!;
        table.Ranges.Count.ShouldBe(5);

        table.Cut([Bound(5), Bound(10), Bound(15), Bound(20), Bound(25), Bound(35), Bound(40), Bound(50), Bound(60)]);

        table
            .Ranges.Select(Shown)
            .ShouldBe([
                "..5",
                "5..10",
                "10..20 copied",
                "20..25",
                "25..30",
                "30..40 copied",
                "40..50",
                "50..60",
                "60..",
            ]);
        table.Ranges.Select(one => one.Number).ShouldBeUnique();
        table
            .Ranges.Where(one => one.State == RangeState.Pending)
            .ShouldAllBe(one => one.NeedsCleaning, "an earlier life may have written there");
        for (var key = 0; key < 70; key++)
        {
            var at = FollowedCollection.KeyOf(key);
            var range = table.Find(at);
            (range.Lower.IsUnbounded || range.Lower.Id.AsInt32 <= key).ShouldBeTrue();
            (range.Upper.IsUnbounded || key < range.Upper.Id.AsInt32).ShouldBeTrue();
        }
    }

    /// <summary>Natural order (S8): copied as one, saved and compared in parts.</summary>
    [Fact]
    [Requirement("S8")]
    public void What_was_copied_as_a_whole_is_cut_into_ranges_as_of_the_same_times()
    {
        RangeBound[] none = [];
        var table = new RangeTable(none);
        var whole = table.Ranges.Single();
        whole.Open(new(7, 1));
        whole.Doubt(new(9, 1));
        whole.Drain();
        whole.Finish();
        table.IsCopied.ShouldBeTrue();

        table.Part([Bound(10), Bound(20)]);

        table.Ranges.Select(Shown).ShouldBe(["..10 copied", "10..20 copied", "20.. copied"]);
        table.Ranges.Select(one => one.Number).ShouldBeUnique();
        table.Ranges.ShouldAllBe(one =>
            one.AsOf == new ClusterTime(7, 1) && one.DoubtfulThrough == new ClusterTime(9, 1)
        );
        table.Ranges.ShouldAllBe(one => !one.NeedsCleaning);
        table.IsCopied.ShouldBeTrue();
        table.Find(FollowedCollection.KeyOf(15)).ShouldBe(table.Ranges[1]);
    }

    [Fact]
    public void Ranges_grow_with_the_collection_up_to_what_one_snapshot_lasts_for()
    {
        const long Smallest = 64L << 20;
        RangeSizes.Of(1_000_000_000, Smallest).ShouldBe(Smallest);
        RangeSizes.Of(1_000_000_000_000, Smallest).ShouldBe(Smallest);
        RangeSizes.Of(10_000_000_000_000, Smallest).ShouldBe(100_000_000);
        RangeSizes.Of(1_000_000_000_000_000, Smallest).ShouldBe(RangeSizes.Largest);
    }

    private static string Shown(CopyRange range) =>
        $"{End(range.Lower)}..{End(range.Upper)}{(range.State == RangeState.Copied ? " copied" : "")}";

    private static string End(RangeBound bound) =>
        bound.IsUnbounded ? "" : FormattableString.Invariant($"{bound.Id.AsInt32}");

    private static void Finish(CopyRange range)
    {
        range.Open(new(1, 1));
        range.Drain();
        range.Finish();
    }

    private static RangeBound Bound(int id) => new(id, FollowedCollection.KeyOf(id));
}
