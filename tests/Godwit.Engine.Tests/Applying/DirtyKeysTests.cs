using Godwit.Bson;
using Godwit.Engine.Applying;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Applying;

/// <summary>Which dirty keys are handed out for reading, and when.</summary>
public sealed class DirtyKeysTests
{
    private static readonly Guid One = new("00000000-0000-0000-0000-000000000001");
    private static readonly Guid Other = new("00000000-0000-0000-0000-000000000002");
    private readonly DirtyKeys<string> keys = new();

    [Fact]
    [Requirement("S12")]
    public void Each_is_handed_out_once_in_the_order_they_came()
    {
        var added = Add(One, 1, 2, 3, 4, 5);

        keys.Take(2).ShouldBe(added[..2]);
        keys.Take(10).ShouldBe(added[2..]);
        keys.Take(10).ShouldBeEmpty();
        keys.Next().ShouldBeNull();
        keys.All.Count.ShouldBe(5);
    }

    [Fact]
    [Requirement("S12")]
    public void A_collection_with_many_does_not_keep_another_waiting()
    {
        var many = Add(One, 1, 2, 3, 4);
        var few = Add(Other, 5);

        keys.Next().ShouldBe(One);
        keys.Take(2).ShouldBe(many[..2]);
        keys.Next().ShouldBe(Other);
        keys.Take(2).ShouldBe(few);
        keys.Next().ShouldBe(One);
        keys.Take(2).ShouldBe(many[2..]);
        keys.Next().ShouldBeNull();
    }

    [Fact]
    [Requirement("S12")]
    public void One_that_is_gone_before_its_turn_is_not_handed_out()
    {
        var added = Add(One, 1, 2, 3);
        keys.Remove(added[0]);
        keys.Remove(added[2]);

        keys.Take(10).ShouldBe([added[1]]);
        keys.Next().ShouldBeNull();
    }

    [Fact]
    [Requirement("S12")]
    public void One_that_is_gone_and_dirty_again_is_handed_out_once()
    {
        keys.Remove(Add(One, 1)[0]);
        var again = Add(One, 1);

        keys.Take(10).ShouldBe(again);
        keys.Next().ShouldBeNull();
    }

    [Fact]
    [Requirement("S12")]
    public void One_whose_read_failed_is_handed_out_again_behind_the_others()
    {
        var added = Add(One, 1, 2);
        keys.PutBack(keys.Take(1)[0]);

        keys.Take(10).ShouldBe([added[1], added[0]]);
    }

    [Fact]
    [Requirement("S25")]
    public void One_that_waits_for_a_time_is_not_handed_out_before_it()
    {
        var late = Entry(One, 1);
        keys.Add(late, new(20, 1));
        var early = Entry(One, 2);
        keys.Add(early, new(10, 1));

        keys.Next().ShouldBeNull();
        keys.HeldUntil.ShouldBe(new ClusterTime(10, 1));
        keys.Release(new(10, 0));
        keys.Next().ShouldBeNull();
        keys.Release(new(10, 1));
        keys.Take(10).ShouldBe([early]);
        keys.HeldUntil.ShouldBe(new ClusterTime(20, 1));
        keys.Release(new(30, 1));
        keys.Take(10).ShouldBe([late]);
        keys.HeldUntil.ShouldBeNull();
    }

    private DirtyKey<string>[] Add(Guid collection, params int[] ids)
    {
        var added = Array.ConvertAll(ids, id => Entry(collection, id));
        Array.ForEach(added, entry => keys.Add(entry, ClusterTime.Zero));
        return added;
    }

    private static DirtyKey<string> Entry(Guid collection, int id) =>
        new(new((UInt128)id), new(collection, id), new(1, 1), new(1, 1));
}
