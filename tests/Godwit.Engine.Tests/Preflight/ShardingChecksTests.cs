using Godwit.Bson;
using Godwit.Engine.Planning;
using Godwit.Engine.Preflight;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Preflight;

/// <summary>What a destination would refuse to shard is named before anything is copied.</summary>
[Requirement("B06")]
public sealed class ShardingChecksTests
{
    private static readonly RawDocument ByK = Index("k_1", false, "k");

    [Fact]
    public void Collections_whose_key_has_an_index_may_be_sharded() =>
        Check("k", ByK).State.ShouldBe(FindingState.Passed);

    [Fact]
    public void A_key_that_no_index_supports_is_named_unless_the_index_is_asked_for()
    {
        Check("k", Index("z_1", false, "z")).Message.ShouldContain("shop.orders has no index that supports");
        Check("k", Index("z_1", false, "z"), createIndexes: true).State.ShouldBe(FindingState.Passed);
    }

    [Fact]
    public void A_unique_index_that_shards_cannot_keep_is_named()
    {
        Check("k", ByK, Index("mail_1", true, "mail")).Message.ShouldContain("mail_1");
        Check("k", ByK, Index("both", true, "k", "mail")).State.ShouldBe(FindingState.Passed);
        Check("k", ByK, Index("id", true, "_id", "mail")).State.ShouldBe(FindingState.Passed);
    }

    [Fact]
    public void A_unique_key_needs_a_unique_index_of_the_source()
    {
        Check("k", isUnique: true, ByK).Message.ShouldContain("may hold duplicates");
        Check("k", isUnique: true, Index("k_1", true, "k")).State.ShouldBe(FindingState.Passed);
    }

    [Fact]
    public void A_key_with_arrays_is_named()
    {
        var source = Source(Orders(ByK) with { ArrayFields = ["k"] });

        Check(source, Destination, Options("k")).Message.ShouldContain("array in k");
    }

    [Theory]
    [InlineData("k", false, FindingState.Passed)]
    [InlineData("k.site", false, FindingState.Passed)]
    [InlineData("t", false, FindingState.Passed)]
    [InlineData("k", true, FindingState.Failed)]
    [InlineData("kind", false, FindingState.Failed)]
    [InlineData("value", false, FindingState.Failed)]
    public void Series_are_sharded_by_the_field_of_their_source_and_by_time(
        string field,
        bool isUnique,
        FindingState expected
    )
    {
        var series = new DocumentBuilder { { "timeField", "t" }, { "metaField", "k" } }.Build();
        var measurements = Orders() with { Kind = "timeseries", Indexes = null, Series = series };

        var found = Check(Source(measurements), Destination, Options(field, isUnique));

        found.State.ShouldBe(expected);
        found.Message.ShouldContain(expected == FindingState.Passed ? "shop.orders by" : "k or fields in it");
    }

    [Fact]
    public void What_is_no_collection_of_the_source_is_named()
    {
        Check(Source(), Destination, Options("k")).Message.ShouldContain("shop.orders is not on the source");
        Check(Source(Orders() with { Kind = "view" }), Destination, Options("k")).Message.ShouldContain("view");
        Check(Source(Orders() with { IsCapped = true }), Destination, Options("k")).Message.ShouldContain("capped");
    }

    [Fact]
    public void Options_are_refused_where_nothing_is_or_everything_was_sharded()
    {
        Check(Source(Orders(ByK)), Source() with { Identity = "two" }, Options("k"))
            .Message.ShouldContain("destination");
        Check(Destination with { Identity = "three" }, Destination, Options("k")).Message.ShouldContain("source");
    }

    [Fact, Requirement("B05")]
    public void Without_options_it_is_said_that_collections_can_be_sharded_later() =>
        Check(Source(Orders(ByK)), Destination, null).Message.ShouldContain("later");

    private static ClusterFacts Destination =>
        Source() with
        {
            Identity = "two",
            Shape = ClusterShape.Sharded,
            Shards = ["a", "b"],
        };

    private static Finding Check(string field, params RawDocument[] indexes) => Check(field, false, indexes);

    private static Finding Check(string field, RawDocument index, bool createIndexes) =>
        Check(Source(Orders(index)), Destination, Options(field) with { CreateSupportingIndexes = createIndexes });

    private static Finding Check(string field, bool isUnique, params RawDocument[] indexes) =>
        Check(Source(Orders(indexes)), Destination, Options(field, isUnique));

    private static Finding Check(ClusterFacts source, ClusterFacts destination, ShardingOptions? sharding) =>
        PreflightChecks.Run(source, destination, new() { Sharding = sharding }).Single(one => one.Id == "sharding");

    private static ClusterFacts Source(params NamespaceFacts[] namespaces) =>
        new()
        {
            Address = "mongodb://a:27017",
            Version = new(8, 0, 10),
            FeatureCompatibilityVersion = "8.0",
            Identity = "one",
            Namespaces = namespaces,
        };

    private static NamespaceFacts Orders(params RawDocument[] indexes) =>
        new(new("shop", "orders"), "collection", 1, 1, 1) { Indexes = indexes };

    private static ShardingOptions Options(string field, bool isUnique = false) =>
        new(
            CreateSupportingIndexes: false,
            [new(new("shop", "orders"), new(new DocumentBuilder { { field, 1 } }.Build(), isUnique))]
        );

    private static RawDocument Index(string name, bool isUnique, params string[] fields)
    {
        var key = new DocumentBuilder();
        Array.ForEach(fields, field => key.Add(field, 1));
        return new DocumentBuilder
        {
            { "key", key },
            { "name", name },
            { "unique", isUnique },
        }.Build();
    }
}
