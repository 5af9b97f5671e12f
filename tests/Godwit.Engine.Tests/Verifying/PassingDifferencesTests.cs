using Godwit.Engine.Planning;
using Godwit.Engine.Verifying;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Verifying;

/// <summary>On a sharded source a difference counts once it cannot be that of a transaction whose events are still to come.</summary>
[Requirement("S23")]
public sealed class PassingDifferencesTests
{
    private static readonly KeyHash Key = KeyHash.Of(Guid.NewGuid(), [1]);

    [Fact]
    public void What_differs_at_three_barriers_running_has_lasted()
    {
        var passing = new PassingDifferences();

        passing.HasLasted(Key, new(10, 1)).ShouldBeFalse();
        passing.HasLasted(Key, new(11, 1)).ShouldBeFalse();
        passing.HasLasted(Key, new(12, 1)).ShouldBeTrue();
    }

    [Fact]
    public void What_is_found_twice_at_one_barrier_is_one_finding()
    {
        var passing = new PassingDifferences();

        for (var i = 0; i < 5; i++)
        {
            passing.HasLasted(Key, new(10, 1)).ShouldBeFalse();
        }
    }

    [Fact]
    public void An_event_of_the_key_or_equality_in_between_begins_anew()
    {
        var passing = new PassingDifferences();
        _ = passing.HasLasted(Key, new(10, 1));
        _ = passing.HasLasted(Key, new(11, 1));

        passing.Forget(Key);

        passing.HasLasted(Key, new(12, 1)).ShouldBeFalse();
    }
}
