using Godwit.Bson;
using Godwit.Engine.Copying;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;
using Godwit.Engine.Verifying;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Copying;

/// <summary>One <c>_id</c> on two shards: named wherever it is met, never carried over as if it were one document.</summary>
[Requirement("S3")]
public sealed class RepeatedIdsTests
{
    [Fact]
    public void Two_documents_with_one_id_are_named_when_they_are_copied()
    {
        using var collection = Collection(mayRepeat: true);
        var ids = new RepeatedIds(collection.Source.Name, collection.Source.MayRepeatIds);
        ids.Look(Batch(1, 2));

        // The same index key in another type of number, in the next batch.
        var failure = Should.Throw<MigrationFailedException>(() => ids.Look(Batch(2.0, 3)));

        failure.Code.ShouldBe("DuplicateIds");
        failure.Message.ShouldContain("shop.orders");
    }

    [Fact]
    public void Nobody_looks_where_the_shard_key_is_the_id()
    {
        using var collection = Collection(mayRepeat: false);

        new RepeatedIds(collection.Source.Name, collection.Source.MayRepeatIds).Look(Batch(1, 1));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_document_that_one_side_has_twice_is_a_difference_even_if_one_of_the_two_is_equal(bool isEqualFirst)
    {
        var pairs = new PairComparison(Guid.NewGuid(), 10);
        var (equal, other) = (Document(1, "equal"), Document(1, "other"));
        pairs.Add(DocumentBatch.Of(isEqualFirst ? [equal, other] : [other, equal]), isSource: false);
        pairs.Add(DocumentBatch.Of([equal]), isSource: true);
        pairs.Finish();

        pairs.Differences.ShouldNotBeEmpty();
        pairs.RepeatedInSource.IsMissing.ShouldBeTrue();
    }

    [Fact]
    public void A_document_that_the_source_has_twice_is_named_when_it_is_compared()
    {
        var pairs = new PairComparison(Guid.NewGuid(), 10);
        pairs.Add(Batch(1, 1), isSource: true);

        pairs.RepeatedInSource.AsInt32.ShouldBe(1);
    }

    private static DocumentBatch Batch(params RawValue[] ids) =>
        DocumentBatch.Of([.. ids.Select(id => new DocumentBuilder { { "_id", id } }.Build())]);

    private static RawDocument Document(int id, string text) =>
        new DocumentBuilder { { "_id", id }, { "text", text } }.Build();

    private static FollowedCollection Collection(bool mayRepeat)
    {
        var name = new Namespace("shop", "orders");
        var source = new CollectionDescription(
            name,
            Guid.NewGuid(),
            CollectionKind.Collection,
            RawDocument.Empty,
            [],
            []
        )
        {
            MayRepeatIds = mayRepeat,
        };
        return new(source, new(name, Guid.NewGuid()));
    }
}
