using Godwit.Bson;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Planning;

/// <summary>Sharding options are read as mongosync takes them, and whatever is wrong with them is named with its place.</summary>
[Requirement("B05")]
public sealed class ShardingOptionsTests
{
    [Fact]
    public void Keys_are_read_as_documents_and_as_lists_of_one_field_each()
    {
        var options = ShardingOptions.Parse(
            """
            {
              "createSupportingIndexes": true,
              "shardingEntries": [
                {"database": "shop", "collection": "orders", "shardCollection": {"key": [{"region": 1}, {"_id": "hashed"}]}},
                {"database": "shop", "collection": "users", "shardCollection": {"key": {"name.last": 1, "name.first": 1.0}, "unique": true}}
              ]
            }
            """
        );

        options.CreateSupportingIndexes.ShouldBeTrue();
        options.Entries.Select(entry => entry.Name.ToString()).ShouldBe(["shop.orders", "shop.users"]);
        options.Entries[0].Key.Pattern.ShouldBe(new DocumentBuilder { { "region", 1 }, { "_id", "hashed" } }.Build());
        options.Entries[0].Key.IsUnique.ShouldBeFalse();
        options
            .Entries[1]
            .Key.Pattern.ShouldBe(new DocumentBuilder { { "name.last", 1 }, { "name.first", 1 } }.Build());
        options.Entries[1].Key.IsUnique.ShouldBeTrue();
    }

    [Fact]
    public void What_is_recorded_is_read_as_it_was()
    {
        var options = Of("""{"k": 1}""", """, "unique": true""");

        ShardingOptions.Read(options.ToDocument()).ToDocument().ShouldBe(options.ToDocument());
    }

    [Theory]
    [InlineData("{", 1, 2, "not JSON")]
    [InlineData("[]", 1, 1, "object")]
    [InlineData("""{"shardingEntrys": []}""", 1, 2, "'shardingEntrys' is not known")]
    [InlineData("{\n  \"createSupportingIndexes\": 1}", 2, 30, "true or false")]
    [InlineData("""{"createSupportingIndexes": true}""", 1, 33, "shardingEntries is missing")]
    [InlineData("""{"shardingEntries": [{"database": "a"}]}""", 1, 38, "collection is missing")]
    [InlineData("""{"shardingEntries": []} 1""", 1, 25, "not JSON")]
    public void What_cannot_be_understood_is_refused_with_its_place(string json, long line, long column, string reason)
    {
        var refused = Should.Throw<ShardingFormatException>(() => ShardingOptions.Parse(json));

        refused.Reason.ShouldContain(reason);
        (refused.Line, refused.Column).ShouldBe((line, column));
    }

    [Theory]
    [InlineData("""{"k": -1}""", "k must be 1 or \"hashed\"")]
    [InlineData("""{"k": "text"}""", "k must be 1 or \"hashed\"")]
    [InlineData("""{"a": "hashed", "b": "hashed"}""", "one hashed field")]
    [InlineData("""[{"a": 1}, {"a": 1}]""", "a is in the key twice")]
    [InlineData("""{"a..b": 1}""", "cannot be a field")]
    [InlineData("""{"$a": 1}""", "cannot be a field")]
    [InlineData("{}", "at least one field")]
    [InlineData("""[1]""", "list of documents")]
    [InlineData("""{"k": "hashed"}""", "cannot be unique", """, "unique": true""")]
    public void A_key_that_no_server_takes_is_refused(string key, string reason, string further = "") =>
        Should.Throw<ShardingFormatException>(() => Of(key, further)).Reason.ShouldContain(reason);

    [Fact]
    public void A_collection_that_is_named_twice_is_refused() =>
        Should
            .Throw<ShardingFormatException>(() =>
                ShardingOptions.Parse(
                    $$"""{"shardingEntries": [{{Entry("""{"k": 1}""")}}, {{Entry("""{"z": 1}""")}}]}"""
                )
            )
            .Reason.ShouldContain("shop.orders is named twice");

    [Fact, Requirement("B06")]
    public void A_collection_is_sharded_once_an_index_supports_its_key()
    {
        var options = Of("""{"k": 1}""");

        options.KeyFor(Orders()).ShouldBeNull();
        options.KeyFor(Orders(Index("sparse", true))).ShouldBeNull();
        options.KeyFor(Orders(Index("v", 2))).ShouldNotBeNull();
        (options with { CreateSupportingIndexes = true }).KeyFor(Orders()).ShouldNotBeNull();
        options.KeyFor(Orders(Index("v", 2)) with { Name = new("shop", "others") }).ShouldBeNull();
    }

    [Theory, Requirement("S31")]
    [InlineData("""[{"m.site": 1}, {"t": 1}]""", "meta.site control.min.t")]
    [InlineData("""{"m": "hashed"}""", "meta")]
    [InlineData("""{"t": 1}""", "control.min.t")]
    public void A_series_is_sharded_by_the_fields_of_its_buckets(string key, string fields)
    {
        var series = new DocumentBuilder { { "timeField", "t" }, { "metaField", "m" } };
        var buckets = Orders() with
        {
            Name = new("shop", "system.buckets.orders"),
            Options = new DocumentBuilder { { "timeseries", series } }.Build(),
        };

        var pattern = Of(key).KeyFor(buckets)!.Pattern;

        string.Join(' ', pattern.Select<RawElement, string>(field => field.Name)).ShouldBe(fields);
    }

    [Theory, Requirement("S31")]
    [InlineData("""[{"t": 1}, {"m": 1}]""")]
    [InlineData("""{"t": "hashed"}""")]
    [InlineData("""{"meter": 1}""")]
    [InlineData("""{"m": 1}""", ", \"unique\": true")]
    public void A_key_that_no_server_takes_for_measurements_is_none(string key, string further = "")
    {
        var series = new DocumentBuilder { { "timeField", "t" }, { "metaField", "m" } }.Build();

        SeriesShardKeys.OfBuckets(Of(key, further).Entries.Single().Key, series).ShouldBeNull();
    }

    private static ShardingOptions Of(string key, string further = "") =>
        ShardingOptions.Parse($$"""{"shardingEntries": [{{Entry(key, further)}}]}""");

    private static string Entry(string key, string further = "") =>
        $$"""{"database": "shop", "collection": "orders", "shardCollection": {"key": {{key}}{{further}}} }""";

    private static CollectionDescription Orders(params RawDocument[] indexes) =>
        new(new("shop", "orders"), Guid.NewGuid(), CollectionKind.Collection, RawDocument.Empty, indexes, []);

    private static RawDocument Index(string option, RawValue value) =>
        new DocumentBuilder
        {
            {
                "key",
                new DocumentBuilder { { "k", 1 }, { "z", 1 } }
            },
            { "name", "k_1_z_1" },
            { option, value },
        }.Build();
}
