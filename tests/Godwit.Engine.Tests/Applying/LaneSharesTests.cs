using Godwit.Bson;
using Godwit.Engine.Applying;
using Godwit.Engine.Changes;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;
using Godwit.Engine.Remote;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Applying;

/// <summary>Who writes which items of a lane, and in which order.</summary>
[Requirement("S9")]
[Requirement("S10")]
public sealed class LaneSharesTests
{
    private const long Other = 7;
    private readonly LaneShares shares = new();

    [Fact]
    public void Documents_are_gathered_by_who_keeps_what_came_of_them()
    {
        var parts = shares.Split([Item(1, Other), Item(2), Item(3, Other), Item(4), Item(5, 9)]);
        parts.Select(Describe).ShouldBe(["7: 1 3", "0: 2 4", "9: 5"]);
    }

    [Fact]
    public void One_document_is_written_in_the_order_of_its_changes_wherever_they_are_kept()
    {
        var parts = shares.Split([Item(1, Other), Item(2, Other), Item(1), Item(2, Other), Item(1, Other)]);
        parts.Select(Describe).ShouldBe(["7: 1 2 2", "0: 1", "7: 1"]);
    }

    [Fact]
    public void A_batch_has_nothing_of_the_one_before()
    {
        _ = shares.Split([Item(1, Other), Item(2), Item(1, Other), Item(2, Other)]);
        var parts = shares.Split([Item(2), Item(1, Other)]);
        parts.Select(Describe).ShouldBe(["0: 2", "7: 1"]);
    }

    /// <summary>It has been read before its host was told that it is to be handed on whole.</summary>
    [Fact]
    [Requirement("S30")]
    public void Where_order_is_content_no_other_host_writes_a_change()
    {
        var parts = shares.Split([Item(1, Other, places: true), Item(2, places: true), Item(3, Other, places: true)]);
        parts.ShouldNotContain(part => part.Holder == Other);
        parts.Select(Describe).ShouldContain("0: 2");
    }

    private static string Describe(LaneShare share) =>
        $"{share.Holder}: {string.Join(' ', share.Items.Select(item => item.Id.AsInt32))}";

    private static LaneItem Item(int id, long holder = 0, bool places = false)
    {
        var collection = new FollowedCollection(
            new(
                new("shop", "orders"),
                new(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
                CollectionKind.Collection,
                RawDocument.Empty,
                [],
                []
            ),
            new(new("shop", "orders"), Guid.NewGuid())
        );
        var raw = new DocumentBuilder
        {
            { "operationType", "insert" },
            { "clusterTime", new ClusterTime(5, 1) },
            {
                "documentKey",
                new DocumentBuilder { { "_id", id } }
            },
            {
                "fullDocument",
                new DocumentBuilder { { "_id", id } }
            },
        }.Build();
        var change = ChangeEvent.Parse(holder == 0 ? raw : Stub(raw, new(holder, id, raw.Length)));
        var key = collection.Hash(FollowedCollection.KeyOf(change.Id));
        return LaneItem.OfEvent(new(change, collection, key, new SharedBlock()), places, mayBeThere: false);
    }

    private static RawDocument Stub(RawDocument raw, HeldContent content)
    {
        var room = new byte[raw.Length + EventStubs.GrowthMax];
        return new(room.AsMemory(0, EventStubs.Write(raw, content, room)));
    }
}
