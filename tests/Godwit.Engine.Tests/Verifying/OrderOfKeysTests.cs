using Godwit.Engine.Planning;
using Godwit.Engine.Verifying;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Verifying;

/// <summary>Documents that were not written to while both sides were read stand in one order on both (S8, S30).</summary>
[Requirement("S8")]
[Requirement("S30")]
public sealed class OrderOfKeysTests
{
    private static readonly Guid Collection = Guid.NewGuid();

    [Fact]
    public void What_was_written_to_meanwhile_is_of_no_account()
    {
        var order = Order([1, 2, 3, 4], [2, 3, 4, 1, 5]);

        order.IsSameWithout(Written(1, 5)).ShouldBeTrue();
        order.IsSameWithout(Written(5)).ShouldBeFalse();
    }

    [Fact]
    public void Two_that_have_changed_places_are_noticed_wherever_they_are()
    {
        var order = Order([1, 2, 3, 4], [1, 3, 2, 4]);

        order.IsSameWithout(Written(4)).ShouldBeFalse();
        order.IsSameWithout(Written(3)).ShouldBeTrue();
    }

    private static Predicate<KeyHash> Written(params int[] keys) => keys.Select(Hash).ToHashSet().Contains;

    private static KeyHash Hash(int key) => KeyHash.Of(Collection, [(byte)key]);

    private static OrderOfKeys Order(int[] source, int[] destination)
    {
        var order = new OrderOfKeys();
        Array.ForEach(source, key => order.Add(Hash(key), isSource: true));
        Array.ForEach(destination, key => order.Add(Hash(key), isSource: false));
        return order;
    }
}
