using System.Text;
using Godwit.Bson;
using Godwit.Engine.Applying;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Planning;

/// <summary>How documents of a sharded destination are addressed, and which changes may move them.</summary>
public sealed class ShardKeyPathsTests
{
    private static readonly RawDocument Compound = Doc(("a.b", 1), ("_id", 1), ("c", 1));

    [Fact, Requirement("S13")]
    public void A_document_is_addressed_by_its_id_and_the_fields_of_the_key_that_it_has()
    {
        var document = new DocumentBuilder { { "_id", 7 }, { "a", Doc(("b", 3)) } }.Build();

        var filter = Paths(Compound).FilterOf(RawValue.Int32(7), document);

        // A field that is missing has the key of null.
        filter.ShouldBe(
            new DocumentBuilder
            {
                { "_id", Doc(("$eq", 7)) },
                { "a.b", Doc(("$eq", 3)) },
                {
                    "c",
                    new DocumentBuilder { { "$eq", RawValue.Null } }
                },
            }.Build()
        );
    }

    [Fact, Requirement("S13")]
    public void A_key_of_id_alone_needs_no_more_than_the_id()
    {
        Paths(Doc(("_id", 1))).IsEmpty.ShouldBeTrue();
        Paths(new DocumentBuilder { { "_id", "hashed" } }.Build()).IsEmpty.ShouldBeTrue();
        ShardKeyPaths.Of(Description(null)).IsEmpty.ShouldBeTrue();
    }

    [Theory, Requirement("S12")]
    [InlineData("c", true)]
    [InlineData("c.d", true)]
    [InlineData("a", true)]
    [InlineData("a.b", true)]
    [InlineData("a.b.c", true)]
    [InlineData("a.bc", false)]
    [InlineData("ca", false)]
    [InlineData("d", false)]
    public void A_change_at_or_above_or_below_a_field_of_the_key_may_move_the_document(string path, bool isTouched) =>
        Paths(Compound).AreTouchedAt(Encoding.UTF8.GetBytes(path)).ShouldBe(isTouched);

    [Fact, Requirement("S12")]
    public void A_delta_that_touches_the_key_is_read_again()
    {
        var description = new DocumentBuilder
        {
            { "$v", 2 },
            {
                "diff",
                new DocumentBuilder { { "u", Doc(("c", 5)) } }
            },
        }.Build();
        new DeltaTranslator().TryRead(description, Paths(Compound)).ShouldBeFalse();
        new DeltaTranslator().TryRead(description, Paths(Doc(("d", 1)))).ShouldBeTrue();
    }

    private static RawDocument Doc(params (string Name, int Value)[] fields)
    {
        var document = new DocumentBuilder();
        Array.ForEach(fields, one => document.Add(one.Name, one.Value));
        return document.Build();
    }

    private static ShardKeyPaths Paths(RawDocument pattern) => ShardKeyPaths.Of(Description(new(pattern, false)));

    private static CollectionDescription Description(ShardKey? key) =>
        new(new("shop", "orders"), Guid.NewGuid(), CollectionKind.Collection, RawDocument.Empty, [], [])
        {
            ShardKey = key,
        };
}
