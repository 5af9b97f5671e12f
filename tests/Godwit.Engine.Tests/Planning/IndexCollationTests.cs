using Godwit.Bson;
using Godwit.Bson.ExtendedJson;
using Godwit.Engine.Planning;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Planning;

/// <summary>An index is made as it is listed, whatever collation its collection has.</summary>
public sealed class IndexCollationTests
{
    private static readonly RawDocument Collated = ExtendedJsonReader.ReadDocument(
        """{"collation": {"locale": "en"}}"""
    );

    [Theory]
    [InlineData("""{"v": 2, "key": {"a": 1}, "name": "a_1"}""", true)]
    [InlineData("""{"key": {"a": "hashed"}, "name": "a_hashed"}""", true)]
    [InlineData("""{"v": 1, "key": {"a": 1}, "name": "a_1"}""", false)]
    [InlineData("""{"v": 2, "key": {"a": 1}, "name": "a_1", "collation": {"locale": "fr"}}""", false)]
    public void One_that_says_of_no_collation_in_a_collection_that_has_one_says_that_it_has_none(string json, bool says)
    {
        var index = ExtendedJsonReader.ReadDocument(json);

        var made = IndexCollation.Explicit(index, Collated);

        var expected = says
            ? ExtendedJsonReader.ReadDocument(json[..^1] + """, "collation": {"locale": "simple"}}""")
            : index;
        made.ShouldBe(expected);
        IndexCollation.Explicit(index, RawDocument.Empty).ShouldBe(index);
    }
}
