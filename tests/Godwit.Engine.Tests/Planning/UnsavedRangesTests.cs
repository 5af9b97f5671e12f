using Godwit.Bson;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;
using Godwit.Engine.Recovery;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Planning;

/// <summary>A copied range waits for a checkpoint that succeeds.</summary>
[Requirement("S16")]
public sealed class UnsavedRangesTests
{
    private readonly UnsavedRanges unsaved = new();

    [Fact]
    public void What_could_not_be_saved_is_there_the_next_time_beside_what_came_since()
    {
        using var collection = Collection();
        unsaved.Add(collection, Range(1));
        var failed = unsaved.Look();
        unsaved.Add(collection, Range(2));
        failed.Select(one => one.Range.Number).ShouldBe([1]);
        unsaved.Look().Select(one => one.Range.Number).ShouldBe([1, 2]);
    }

    [Fact]
    public void What_came_while_others_were_saved_waits_on()
    {
        using var collection = Collection();
        unsaved.Add(collection, Range(1));
        var saved = unsaved.Look();
        unsaved.Add(collection, Range(2));
        unsaved.Saved(saved);
        unsaved.Saved(saved);
        unsaved.Look().Select(one => one.Range.Number).ShouldBe([2]);
    }

    [Fact]
    public void What_is_of_a_collection_that_is_gone_is_not_saved()
    {
        using var collection = Collection();
        using var dropped = Collection();
        unsaved.Add(dropped, Range(1));
        unsaved.Add(collection, Range(2));
        dropped.Leave();
        unsaved.Look().ShouldHaveSingleItem().Collection.ShouldBeSameAs(collection);
    }

    private static CopyRange Range(int number) => new(number, default, default);

    private static FollowedCollection Collection() =>
        new(
            new(new("shop", "orders"), Guid.NewGuid(), CollectionKind.Collection, RawDocument.Empty, [], []),
            new(new("shop", "orders"), Guid.NewGuid())
        );
}
