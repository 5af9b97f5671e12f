using Godwit.Hub.Web.Wizard;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Web.Tests.Components;

/// <summary>Sharding parameters are judged while they are typed: what is wrong, and in which line.</summary>
[Trait("Set", "Walk")]
public sealed class ShardingJsonTests
{
    [Theory]
    [Requirement("B05")]
    [InlineData("", "Paste the parameters", 1)]
    [InlineData("[]", "an object", 1)]
    [InlineData("{\n \"shardingEntries\": [\n {,}\n ]\n}", "'", 3)]
    [InlineData("{\n \"entries\": []\n}", "entries is not known", 2)]
    [InlineData("{\n \"shardingEntries\": []\n}", "at least one collection", 2)]
    [InlineData("{\n\"shardingEntries\": [\n{\"database\": \"shop\"}\n]}", "collection is missing", 3)]
    [InlineData(
        "{\"shardingEntries\": [\n{\"database\":\"a\",\"collection\":\"b\",\"shardCollection\":{\"key\":[{\"x\":1}]}},\n{\"database\":\"a\",\"collection\":\"b\",\"shardCollection\":{\"key\":[{\"x\":1}]}}\n]}",
        "named twice",
        3
    )]
    [InlineData(
        "{\"shardingEntries\": [{\"database\":\"a\",\"collection\":\"b\",\"shardCollection\":{\"key\":[{\"x\":-1}]}}]}",
        "x is 1 or",
        1
    )]
    [InlineData(
        "{\"shardingEntries\": [{\"database\":\"a\",\"collection\":\"b\",\"shardCollection\":{\"key\":[{\"x\":\"hashed\"},{\"y\":\"hashed\"}]}}]}",
        "only one field",
        1
    )]
    public void What_is_wrong_is_said_with_its_line(string text, string problem, int line)
    {
        var read = ShardingJson.Parse(text);
        read.Problem.ShouldNotBeNull().ShouldContain(problem);
        read.Line.ShouldBe(line);
        read.Entries.ShouldBeEmpty();
    }

    [Fact]
    [Requirement("B05")]
    public void A_suggested_key_is_put_in_and_replaces_another_of_the_same_collection()
    {
        var once = ShardingJson.With("nonsense", "shop", "orders", """{"customer":1,"_id":"hashed"}""");
        var twice = ShardingJson.With(once, "shop", "items", """{"_id":"hashed"}""");
        var again = ShardingJson.Parse(ShardingJson.With(twice, "shop", "orders", """{"city":1}"""));
        again.Problem.ShouldBeNull();
        again
            .Entries.Select(one => $"{one["collection"]} {one["shardCollection"]!["key"]!.ToJsonString()}")
            .ShouldBe(["items [{\"_id\":\"hashed\"}]", "orders [{\"city\":1}]"]);
    }

    [Theory]
    [Requirement("B05")]
    [InlineData("[{\"customer\":1},{\"_id\":\"hashed\"}]")]
    [InlineData("{\"customer\":1,\"_id\":\"hashed\"}")]
    public void Both_forms_of_a_key_are_taken(string key)
    {
        var entry = $"{{\"database\":\"shop\",\"collection\":\"or}}ders\",\"shardCollection\":{{\"key\":{key}}}}}";
        var read = ShardingJson.Parse($"{{\"shardingEntries\":[{entry}]}}");
        read.Problem.ShouldBeNull();
        read.Entries.ShouldHaveSingleItem()["collection"]!.GetValue<string>().ShouldBe("or}ders");
    }
}
