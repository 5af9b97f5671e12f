using Godwit.Bson;
using Godwit.Engine.Applying;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Applying;

/// <summary>Statements give exactly the document that the delta led to, or there are none and the document is read again.</summary>
[Requirement("S11")]
public sealed class DeltaTranslatorTests
{
    [Fact]
    public void Fields_changed_in_place_are_one_set() =>
        Raw(new() { { "u", Doc("a", 1).Add("b", 2) } }).ShouldBe(["{ $set: { a: 1, b: 2 } }"]);

    [Fact]
    public void An_appended_field_is_removed_first_since_it_may_stand_elsewhere() =>
        Raw(new() { { "i", Doc("a", 1) } }).ShouldBe(["{ $unset: { a: true } }", "{ $set: { a: 1 } }"]);

    [Fact]
    public void Fields_that_operators_would_create_in_another_order_are_set_one_after_the_other() =>
        Raw(new() { { "d", Doc("x", false) }, { "i", Doc("b", 1).Add("c", 2).Add("a", 3) } })
            .ShouldBe([
                "{ $unset: { x: true, b: true, c: true, a: true } }",
                "{ $set: { b: 1, c: 2 } }",
                "{ $set: { a: 3 } }",
            ]);

    [Fact]
    public void An_array_is_shortened_before_its_elements_are_set() =>
        Raw(
                new()
                {
                    {
                        "sarr",
                        new DocumentBuilder
                        {
                            { "a", true },
                            { "l", 2 },
                            { "u0", 7 },
                        }
                    },
                }
            )
            .ShouldBe(["{ $push: { arr: { $each: [], $slice: 2 } } }", "{ $set: { arr.0: 7 } }"]);

    [Fact]
    public void Nested_documents_and_elements_are_addressed_by_path() =>
        Raw(
                new()
                {
                    {
                        "so",
                        new DocumentBuilder
                        {
                            {
                                "sarr",
                                new DocumentBuilder
                                {
                                    { "a", true },
                                    {
                                        "s3",
                                        new DocumentBuilder { { "u", Doc("f", 1) } }
                                    },
                                }
                            },
                        }
                    },
                }
            )
            .ShouldBe(["{ $set: { o.arr.3.f: 1 } }"]);

    [Theory]
    [InlineData("a.b")]
    [InlineData("$a")]
    [InlineData("")]
    public void A_name_that_no_path_can_carry_means_reading_again(string name) =>
        Raw(new() { { "u", Doc(name, 1) } }).ShouldBeEmpty();

    [Fact]
    public void A_binary_splice_means_reading_again() => Raw(new() { { "b", Doc("a", 1) } }).ShouldBeEmpty();

    [Fact, Requirement("S12")]
    public void More_than_four_statements_mean_reading_again()
    {
        var fields = new DocumentBuilder();
        foreach (var name in (string[])["e", "d", "c", "b", "a"])
        {
            _ = fields.Add(name, 1);
        }

        Raw(new() { { "i", fields } }).ShouldBeEmpty();
    }

    [Fact]
    public void Without_a_raw_diff_an_updated_field_means_reading_again_since_it_may_have_moved() =>
        Described(Doc("a", 1), [], []).ShouldBeEmpty();

    [Fact]
    public void Without_a_raw_diff_removals_and_array_elements_are_exact() =>
        Described(Doc("arr.2", 1), ["x.y"], [new DocumentBuilder { { "field", "brr" }, { "newSize", 3 } }])
            .ShouldBe([
                "{ $unset: { x.y: true } }",
                "{ $push: { brr: { $each: [], $slice: 3 } } }",
                "{ $set: { arr.2: 1 } }",
            ]);

    private static DocumentBuilder Doc(string name, RawValue value) => new() { { name, value } };

    private static string[] Raw(DocumentBuilder diff) =>
        Translate(new DocumentBuilder { { "$v", 2 }, { "diff", diff } });

    private static string[] Described(DocumentBuilder updated, string[] removed, RawValue[] truncated) =>
        Translate(
            new DocumentBuilder
            {
                { "updatedFields", updated },
                { "removedFields", RawValue.Array(removed.Select(RawValue.String)) },
                { "truncatedArrays", RawValue.Array(truncated) },
                { "disambiguatedPaths", RawDocument.Empty },
            }
        );

    /// <summary>After another delta, of which nothing may be left.</summary>
    private static string[] Translate(DocumentBuilder description)
    {
        var translator = new DeltaTranslator();
        translator
            .TryRead(
                new DocumentBuilder
                {
                    {
                        "diff",
                        new DocumentBuilder { { "i", Doc("b", 1).Add("a", 2) } }
                    },
                }.Build()
            )
            .ShouldBeTrue();
        var writer = new StatementWriter();
        if (translator.TryRead(description.Build()))
        {
            translator.WriteTo(writer, 1);
            writer.Count.ShouldBeGreaterThan(0);
        }

        var statements = new List<string>();
        foreach (var statement in writer.ToBatch())
        {
            BsonValidator.Validate(statement.Bytes);
            statement["q"].AsDocument["_id"].AsInt32.ShouldBe(1);
            statements.Add(statement["u"].ToString());
        }

        return [.. statements];
    }
}
