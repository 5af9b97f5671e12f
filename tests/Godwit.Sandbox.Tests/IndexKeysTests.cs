using Godwit.Bson;
using Godwit.Bson.ExtendedJson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Indexes;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests;

public sealed class IndexKeysTests
{
    [Theory]
    [InlineData("{\"a\": 1}", "{\"a\": 5}", "[[5]]")]
    [InlineData("{\"a\": 1}", "{}", "[[null]]")]
    [InlineData("{\"a\": 1}", "{\"a\": [1, 2, 1]}", "[[1], [2]]")]
    [InlineData("{\"a\": 1}", "{\"a\": [[1, 2], 3]}", "[[3], [[1, 2]]]")]
    [InlineData("{\"a.b\": 1}", "{\"a\": [{\"b\": 1}, {\"b\": 2}, 5]}", "[[null], [1], [2]]")]
    [InlineData(
        "{\"a.b\": 1, \"c\": 1}",
        "{\"a\": [{\"b\": [1, 2]}, {\"b\": 3}], \"c\": 9}",
        "[[1, 9], [2, 9], [3, 9]]"
    )]
    [InlineData("{\"a.x\": 1, \"a.y\": 1}", "{\"a\": [{\"x\": 1, \"y\": 2}, {\"x\": 3}]}", "[[1, 2], [3, null]]")]
    [InlineData("{\"a.0\": 1}", "{\"a\": [7, 8]}", "[[7]]")]
    public void A_document_has_the_keys_its_arrays_call_for(string pattern, string document, string expected)
    {
        var keys = Keys(pattern);

        var made = keys.Generate(Read(document), out _);

        made.ShouldBe(
            Read($"{{\"rows\": {expected}}}")["rows"]
                .AsDocument.Values()
                .Select(row => keys.Encode([.. row.AsDocument.Values()]))
        );
    }

    [Fact]
    public void An_empty_array_is_undefined_and_makes_the_index_multikey()
    {
        var keys = Keys("{\"a\": 1}");

        keys.Generate(Read("{\"a\": []}"), out var isMultikey).ShouldBe([keys.Encode([RawValue.Undefined])]);

        isMultikey.ShouldBeTrue();
    }

    [Fact]
    public void Two_arrays_side_by_side_are_refused() =>
        Should
            .Throw<CommandException>(() =>
                Keys("{\"a\": 1, \"b\": 1}").Generate(Read("{\"a\": [1], \"b\": [2]}"), out _)
            )
            .Code.ShouldBe(ErrorCode.CannotIndexParallelArrays);

    [Fact]
    public void A_sparse_index_leaves_out_documents_that_have_none_of_its_fields()
    {
        var keys = IndexKeys.Of(Read("{\"key\": {\"a\": 1, \"b\": 1}, \"sparse\": true}"));

        keys.Generate(Read("{\"c\": 1}"), out _).ShouldBeEmpty();
        keys.Generate(Read("{\"b\": 1}"), out _).Count.ShouldBe(1);
    }

    [Fact]
    public void A_partial_index_holds_only_what_its_filter_matches()
    {
        var keys = IndexKeys.Of(Read("{\"key\": {\"a\": 1}, \"partialFilterExpression\": {\"a\": {\"$gt\": 5}}}"));

        keys.Generate(Read("{\"a\": 5}"), out _).ShouldBeEmpty();
        keys.Generate(Read("{\"a\": 6}"), out _).Count.ShouldBe(1);
    }

    [Fact]
    public void A_hashed_index_refuses_arrays() =>
        (
            (int)
                Should
                    .Throw<CommandException>(() => Keys("{\"a\": \"hashed\"}").Generate(Read("{\"a\": [1]}"), out _))
                    .Code
        ).ShouldBe(16766);

    [Fact]
    public void A_collation_makes_one_key_of_strings_it_holds_equal()
    {
        var keys = IndexKeys.Of(Read("{\"key\": {\"a\": 1}, \"collation\": {\"locale\": \"en\", \"strength\": 2}}"));

        keys.Generate(Read("{\"a\": \"ABC\"}"), out _).ShouldBe(keys.Generate(Read("{\"a\": \"abc\"}"), out _));
    }

    private static IndexKeys Keys(string pattern) => IndexKeys.Of(Read($"{{\"key\": {pattern}}}"));

    private static RawDocument Read(string json) => ExtendedJsonReader.ReadDocument(json);
}
