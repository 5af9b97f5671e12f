using Godwit.Bson;
using Godwit.Bson.ExtendedJson;
using Godwit.Engine.Ports;
using Godwit.Engine.Scoping;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Scoping;

/// <summary>How rules for documents are read, and what hashing does to a document.</summary>
public sealed class DocumentRulesTests
{
    private const string Key = "0123456789abcdef";

    [Fact]
    [Requirement("H10")]
    public void Filter_set_and_drop_become_stages_in_this_order()
    {
        var rule = DocumentRules
            .Parse(
                """
                [{"database": "shop", "drop": ["b", "c.d"], "set": {"a": {"$toUpper": "$name"}}, "filter": {"n": {"$gt": {"$numberLong": "5"}}}}]
                """
            )
            .For(new("shop", "orders"))!;
        rule.Stages.Select(one => one.ToString())
            .ShouldBe(
                new[]
                {
                    """{"$match": {"n": {"$gt": {"$numberLong": "5"}}}}""",
                    """{"$set": {"a": {"$toUpper": "$name"}}}""",
                    """{"$unset": ["b", "c.d"]}""",
                }.Select(text => ExtendedJsonReader.ReadDocument(text).ToString())
            );
    }

    [Fact]
    [Requirement("H10")]
    public void The_first_rule_that_matches_a_name_holds()
    {
        var rules = DocumentRules.Parse(
            """[{"database": "a", "collections": ["b"], "drop": ["x"]}, {"database": "a", "drop": ["y"]}]"""
        );
        rules.For(new("a", "b"))!.Stages[0].ToString().ShouldContain("x");
        rules.For(new("a", "c"))!.Stages[0].ToString().ShouldContain("y");
        rules.For(new("b", "b")).ShouldBeNull();
        rules.AreSame(new("a", "c"), new("a", "d")).ShouldBeTrue();
        rules.AreSame(new("a", "b"), new("a", "d")).ShouldBeFalse();
    }

    [Theory]
    [InlineData("{}", "list")]
    [InlineData("[]", "at least one")]
    [InlineData("[1]", "must be an object")]
    [InlineData("""[{"database": "a"}]""", "one of filter")]
    [InlineData("""[{"drop": ["a"]}]""", "'database'")]
    [InlineData("""[{"database": "a", "drop": []}]""", "'drop'")]
    [InlineData("""[{"database": "a", "drop": ["_id"]}]""", "_id")]
    [InlineData("""[{"database": "a", "set": {"_id.x": 1}}]""", "_id")]
    [InlineData("""[{"database": "a", "set": {"$a": 1}}]""", "'$a'")]
    [InlineData("""[{"database": "a", "set": {"at": "$$NOW"}}]""", "$$NOW")]
    [InlineData("""[{"database": "a", "set": {"r": {"$multiply": [2, {"$rand": {}}]}}}]""", "$rand")]
    [InlineData("""[{"database": "a", "filter": {"$where": "true"}}]""", "$where")]
    [InlineData("""[{"database": "a", "filter": {"a": {"$oid": "x"}}}]""", "'filter'")]
    [InlineData("""[{"database": "a", "hash": ["a"]}]""", "'hash'")]
    [InlineData("""[{"database": "a", "hash": {"fields": ["a"], "key": "short"}}]""", "16 characters")]
    [InlineData("""[{"database": "a", "hash": {"fields": ["a", "a.b"], "key": "0123456789abcdef"}}]""", "'a.b'")]
    [InlineData("""[{"database": "a", "hash": {"fields": ["a.b", "a"], "key": "0123456789abcdef"}}]""", "'a'")]
    [InlineData("""[{"database": "a", "project": {"a": 1}}]""", "'project'")]
    [Requirement("H10")]
    public void A_rule_that_cannot_be_kept_is_named(string json, string word) =>
        Should.Throw<ScopeException>(() => DocumentRules.Parse(json)).Message.ShouldContain(word);

    [Fact]
    [Requirement("H10")]
    public void Equal_values_have_equal_hashes_and_everything_else_keeps_its_bytes_and_its_place()
    {
        var hashed = Hash(
            """{"_id": 1, "a": "x", "in": {"b": "x", "c": 5}, "list": ["x", "y", null], "of": [{"b": "x"}, 7], "none": null, "z": 1}""",
            "a",
            "in.b",
            "list",
            "of.b",
            "none",
            "missing"
        );
        hashed.Select(one => one.Name).ShouldBe(["_id", "a", "in", "list", "of", "none", "z"]);
        var x = hashed["a"].AsString;
        x.Length.ShouldBe(64);
        x.ShouldNotBe(Hash("""{"a": "y"}""", "a")["a"].AsString);
        hashed["in"].AsDocument["b"].AsString.ShouldBe(x);
        hashed["in"].AsDocument["c"].ShouldBe(5);
        var list = hashed["list"].AsDocument.Values().ToList();
        list[0].AsString.ShouldBe(x);
        list[1].AsString.ShouldNotBe(x);
        list[2].ShouldBe(RawValue.Null);
        hashed["of"].AsDocument["0"].AsDocument["b"].AsString.ShouldBe(x);
        hashed["of"].AsDocument["1"].ShouldBe(7);
        hashed["none"].ShouldBe(RawValue.Null);
        hashed["z"].ShouldBe(1);
    }

    [Fact]
    [Requirement("H10")]
    public void Another_key_gives_another_hash() =>
        Hash("""{"a": "x"}""", "a")["a"].ShouldNotBe(HashWith("another key entirely", """{"a": "x"}""", "a")["a"]);

    private static RawDocument Hash(string json, params string[] fields) => HashWith(Key, json, fields);

    private static RawDocument HashWith(string key, string json, params string[] fields)
    {
        using var batch = new FieldHasher(fields, key).Rewrite(
            DocumentBatch.Of([ExtendedJsonReader.ReadDocument(json)])
        );
        return new(batch.Last.Bytes.ToArray());
    }
}
