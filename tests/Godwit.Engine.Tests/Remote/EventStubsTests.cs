using Godwit.Bson;
using Godwit.Engine.Changes;
using Godwit.Engine.Remote;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Remote;

/// <summary>What is left of an event whose content stays with another host.</summary>
[Requirement("S10")]
public sealed class EventStubsTests
{
    /// <summary>Its name, too: by that an event of an unknown collection is known to be of what is migrated (S1a).</summary>
    [Fact]
    [Requirement("S1")]
    public void A_stub_says_all_that_is_decided_by_and_where_the_rest_is()
    {
        var whole = Event();
        var room = new byte[whole.Length + EventStubs.GrowthMax];
        var stub = new RawDocument(room.AsMemory(0, EventStubs.Write(whole, new(7, 8, 9), room)));
        var (expected, change) = (ChangeEvent.Parse(whole), ChangeEvent.Parse(stub));
        stub.Length.ShouldBeLessThan(whole.Length);
        stub["_id"].AsDocument.ShouldBe(whole["_id"].AsDocument);
        change.ShouldSatisfyAllConditions(
            one => one.Kind.ShouldBe(expected.Kind),
            one => one.Time.ShouldBe(expected.Time),
            one => one.Collection.ShouldBe(expected.Collection),
            one => one.ReadName().ShouldBe(new("shop", "orders")),
            one => one.Id.AsInt32.ShouldBe(4),
            one => one.IsOfTransaction.ShouldBeTrue(),
            one => one.IsPartial.ShouldBeFalse(),
            one => one.Content.IsMissing.ShouldBeTrue(),
            one => one.Held.ShouldBe(new(7, 8, 9))
        );
    }

    private static RawDocument Event() =>
        new DocumentBuilder
        {
            { "_id", new DocumentBuilder { { "_data", "8265" } }.Build() },
            { "operationType", "insert" },
            { "clusterTime", RawValue.Timestamp(new(5, 1)) },
            { "wallTime", RawValue.DateTime(5_000) },
            { "collectionUUID", RawValue.Uuid(Guid.NewGuid()) },
            { "fullDocument", new DocumentBuilder { { "_id", 4 }, { "text", new string('x', 200) } }.Build() },
            { "ns", new DocumentBuilder { { "db", "shop" }, { "coll", "orders" } }.Build() },
            { "documentKey", new DocumentBuilder { { "_id", 4 } }.Build() },
            { "txnNumber", 3L },
        }.Build();
}
