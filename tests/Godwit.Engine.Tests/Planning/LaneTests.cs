using CsCheck;
using Godwit.Bson;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Planning;

/// <summary>All that happens to one document happens in one lane.</summary>
[Requirement("S9")]
public sealed class LaneTests
{
    private const int Lanes = 8;
    private static readonly Guid Uuid = Guid.NewGuid();

    [Fact]
    public void Values_that_are_one_id_share_a_lane() =>
        Gen.Int.Sample(number =>
        {
            using var collection = Follow(RawDocument.Empty);
            return Lane(collection, RawValue.Int32(number)) == Lane(collection, RawValue.Double(number))
                && Lane(collection, RawValue.Int32(number)) == Lane(collection, RawValue.Int64(number));
        });

    [Fact]
    public void The_lane_of_a_document_does_not_depend_on_its_shard_key()
    {
        using var plain = Follow(RawDocument.Empty);
        using var sharded = Follow(RawDocument.Empty, new(new DocumentBuilder { { "region", 1 } }.Build(), false));

        foreach (var id in Enumerable.Range(0, 100).Select(RawValue.Int32))
        {
            Lane(sharded, id).ShouldBe(Lane(plain, id));
        }
    }

    [Fact]
    public void Many_documents_use_all_lanes()
    {
        using var collection = Follow(RawDocument.Empty);

        Enumerable
            .Range(0, 1_000)
            .Select(id => Lane(collection, RawValue.Int32(id)))
            .GroupBy(lane => lane)
            .ShouldAllBe(group => group.Count() > 1_000 / Lanes / 2);
    }

    [Theory]
    [InlineData("capped")]
    [InlineData("collation")]
    [Requirement("S2")]
    [Requirement("S30")]
    public void A_collection_whose_order_is_not_that_of_bytes_has_one_lane(string option)
    {
        var value =
            option == "capped"
                ? RawValue.Boolean(true)
                : RawValue.Document(new DocumentBuilder { { "locale", "de" } }.Build());
        using var collection = Follow(new DocumentBuilder { { option, value } }.Build());

        Enumerable.Range(0, 100).Select(id => Lane(collection, RawValue.Int32(id))).Distinct().Count().ShouldBe(1);
    }

    private static int Lane(FollowedCollection collection, RawValue id) =>
        collection.Lane(collection.Hash(FollowedCollection.KeyOf(id)), Lanes);

    private static FollowedCollection Follow(RawDocument options, ShardKey? key = null)
    {
        var name = new Namespace("shop", "orders");
        return new(
            new(name, Uuid, CollectionKind.Collection, options, [], []) { ShardKey = key },
            new CollectionAddress(name, Uuid)
        );
    }
}
