using Godwit.Bson;
using Godwit.Engine.Applying;
using Godwit.Engine.Changes;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Applying;

/// <summary>Documents that were read again and may belong to another shard than before: deleted wherever they are, then inserted.</summary>
[Requirement("S13")]
public sealed class ShardedRewriteTests
{
    private static readonly CollectionDescription Source = new(
        new("shop", "orders"),
        Guid.NewGuid(),
        CollectionKind.Collection,
        RawDocument.Empty,
        [],
        []
    )
    {
        ShardKey = new(new DocumentBuilder { { "k", 1 } }.Build(), IsUnique: false),
    };

    [Fact]
    public void Two_states_of_one_document_are_never_inserted_by_one_command()
    {
        using var collection = Collection();
        var builder = new StatementBuilder();
        builder.Add(Rewrite(collection, 1, k: 2));
        builder.Add(Rewrite(collection, 2, k: 2));
        builder.Add(Rewrite(collection, 1, k: 9));
        builder.Add(Rewrite(collection, 3, k: 2));

        builder.Groups.Count.ShouldBe(2);
        builder.Groups.ShouldAllBe(group => group.IsInTwoSteps);
        builder.Groups.Select(group => group.Items.Count(item => item.Id.AsInt32 == 1)).ShouldBe([1, 1]);
        builder.Groups[1].ToDeletes().Statements.Count.ShouldBe(2);
        builder.Groups[1].ToCommand().Kind.ShouldBe(WriteKind.Insert);
    }

    [Fact]
    public void A_collection_that_is_not_sharded_by_more_than_id_takes_replacements()
    {
        using var collection = new FollowedCollection(
            Source with
            {
                ShardKey = null,
            },
            new(Source.Name, Guid.NewGuid())
        );
        var builder = new StatementBuilder();
        builder.Add(Rewrite(collection, 1, k: 2));
        builder.Add(Rewrite(collection, 2, k: 2));

        builder.Groups.ShouldHaveSingleItem().Kind.ShouldBe(WriteKind.Update);
    }

    /// <summary>A first one that changed nothing would be carried out after the second if their command were sent again.</summary>
    [Fact]
    [Requirement("S14")]
    public void Two_states_of_one_document_are_never_written_by_one_command()
    {
        using var collection = new FollowedCollection(
            Source with
            {
                ShardKey = null,
            },
            new(Source.Name, Guid.NewGuid())
        );
        var builder = new StatementBuilder();
        builder.Add(Rewrite(collection, 1, k: 2));
        builder.Add(Rewrite(collection, 1, k: 9));
        builder.Add(Rewrite(collection, 2, k: 9));

        builder.Groups.Select(group => group.Items.Count).ShouldBe([1, 2]);
    }

    private static FollowedCollection Collection() => new(Source, new(Source.Name, Guid.NewGuid()));

    private static LaneItem Rewrite(FollowedCollection collection, int id, int k)
    {
        var key = collection.Hash(FollowedCollection.KeyOf(id));
        var document = new DocumentBuilder { { "_id", id }, { "k", k } }.Build();
        var ticket = new LaneTicket(key, new(10, 1), new(10, 1), IsRewrite: true);
        return LaneItem.OfDocument(ticket, collection, id, document, new SharedBlock());
    }
}
