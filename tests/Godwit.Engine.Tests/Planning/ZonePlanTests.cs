using Godwit.Bson;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Planning;

/// <summary>Zones and their ranges become those of the destination, whatever its shards are called and however many there are.</summary>
[Requirement("H04")]
public sealed class ZonePlanTests
{
    private static readonly Namespace Orders = new("shop", "orders");

    [Fact]
    public void Shards_of_the_same_names_take_over_their_zones_without_a_word()
    {
        var plan = ZonePlan.Of(Map(["a EU", "b US"], Range("EU")), Map(["a", "b"]));

        plan.Shards.ShouldBe([("a", "EU"), ("b", "US")]);
        plan.Ranges.ShouldHaveSingleItem().Zone.ShouldBe("EU");
        plan.Remarks.ShouldBeEmpty();
    }

    [Fact]
    public void Other_shards_take_them_over_in_the_order_of_their_names_and_it_is_said()
    {
        var more = ZonePlan.Of(Map(["a EU", "b US"]), Map(["x", "y", "z"]));
        more.Shards.ShouldBe([("x", "EU"), ("y", "US"), ("z", "EU")]);
        more.Remarks.ShouldHaveSingleItem().ShouldContain("a, b and x, y, z");

        var fewer = ZonePlan.Of(Map(["a EU", "b US", "c EU"]), Map(["x", "y"]));
        fewer.Shards.ShouldBe([("x", "EU"), ("y", "US")]);
    }

    [Fact]
    public void A_range_of_what_is_not_sharded_by_its_fields_is_named_and_left_out()
    {
        var plan = ZonePlan.Of(Map(["a EU"], Range("EU", "z")), Map(["a"]));

        plan.Ranges.ShouldBeEmpty();
        plan.Remarks.ShouldHaveSingleItem().ShouldContain("shop.orders in zone EU was not carried over");
    }

    [Fact]
    public void What_is_there_already_is_left_alone()
    {
        var plan = ZonePlan.Of(Map(["a EU"], Range("EU")), Map(["a EU"], Range("EU")));

        plan.Shards.ShouldBeEmpty();
        plan.Ranges.ShouldBeEmpty();
    }

    /// <summary>Shards as their names, each followed by its zones.</summary>
    private static ZoneMap Map(string[] shards, params ZoneRange[] ranges) =>
        new(
            [.. shards.Select(text => text.Split(' ')).Select(words => new ZonedShard(words[0], words[1..]))],
            ranges,
            new Dictionary<Namespace, ShardKey> { [Orders] = new(Bound("k", 1), IsUnique: false) }
        );

    private static ZoneRange Range(string zone, string field = "k") =>
        new(Orders, Bound(field, 1), Bound(field, 10), zone);

    private static RawDocument Bound(string field, int value) => new DocumentBuilder { { field, value } }.Build();
}
