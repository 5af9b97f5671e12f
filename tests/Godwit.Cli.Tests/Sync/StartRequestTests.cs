using Godwit.Bson;
using Godwit.Bson.ExtendedJson;
using Godwit.Engine.Ports;
using Godwit.Sync;
using Godwit.Sync.Api;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Cli.Tests.Sync;

/// <summary>Every field of mongosync's <c>start</c> is obeyed, harmless, or refused by name: none is passed over.</summary>
public sealed class StartRequestTests
{
    [Theory]
    [InlineData("true", true, true)]
    [InlineData("false", false, false)]
    [InlineData("\"sourceAndDestination\"", true, true)]
    [InlineData("\"destinationOnly\"", false, true)]
    [InlineData("\"none\"", false, false)]
    [Requirement("F03")]
    public void Write_blocking_is_asked_for_as_a_word_or_as_older_versions_do(
        string value,
        bool source,
        bool destination
    )
    {
        var request = Parse($"\"enableUserWriteBlocking\": {value}");
        request.BlocksSource.ShouldBe(source);
        request.BlocksDestination.ShouldBe(destination);
    }

    [Fact]
    [Requirement("F03")]
    public void What_is_done_in_another_way_is_accepted_and_said()
    {
        Parse("\"buildIndexes\": \"afterDataCopy\"").Remarks.ShouldHaveSingleItem().ShouldContain("afterDataCopy");
        Parse("\"verification\": {\"enabled\": false}").Remarks.ShouldHaveSingleItem();
        Parse("\"copyInNaturalOrder\": []").Remarks.ShouldBeEmpty();
        Parse("\"sharding\": {\"createSupportingIndexes\": true, \"shardingEntries\": []}").Remarks.ShouldBeEmpty();
        Parse("\"detectRandomId\": true, \"reversible\": false, \"x-ticket\": 7").Remarks.ShouldBeEmpty();
        Parse("\"reversible\": true").IsReversible.ShouldBeTrue();
        Parse("\"preExistingDestinationData\": true").KeepsExisting.ShouldBeTrue();
        Parse("\"skipDiskSpaceCheck\": true").SkipsDiskCheck.ShouldBeTrue();
    }

    /// <summary>Where it cannot be, ranges have the same outcome: what was asked for is no reason to fail.</summary>
    [Fact]
    [Requirement("F03")]
    [Requirement("S8")]
    public void Collections_are_copied_in_natural_order_where_they_can_be()
    {
        var request = Parse(
            "\"copyInNaturalOrder\": [{\"database\": \"shop\", \"collections\": [\"orders\"]}, {\"database\": \"logs\"}]"
        );
        request.Remarks.ShouldHaveSingleItem().ShouldContain("copyInNaturalOrder");
        Includes("shop", "orders").ShouldBeTrue();
        Includes("logs", "any").ShouldBeTrue();
        Includes("shop", "customers").ShouldBeFalse();
        Includes("shop", "orders", isSourceSharded: true).ShouldBeFalse();

        bool Includes(string database, string collection, bool isSourceSharded = false) =>
            request.NaturalOrder.Includes(
                new(new(database, collection), Guid.NewGuid(), CollectionKind.Collection, RawDocument.Empty, [], []),
                isSourceSharded
            );
    }

    [Theory]
    [InlineData("beforeDataCopy", "All", 0)]
    [InlineData("afterDataCopy", "All", 1)]
    [InlineData("excludeHashed", "WithoutHashed", 0)]
    [InlineData("excludeHashedAfterCopy", "WithoutHashed", 1)]
    [InlineData("never", "Required", 0)]
    [Requirement("F03")]
    public void Which_indexes_are_built_is_as_asked_for(string value, string indexes, int remarks)
    {
        var request = Parse($"\"buildIndexes\": \"{value}\"");
        request.Indexes.ToString().ShouldBe(indexes);
        request.Remarks.Count.ShouldBe(remarks);
    }

    [Fact]
    [Requirement("F03")]
    [Requirement("H10")]
    public void A_filter_of_documents_holds_for_all_collections()
    {
        var scope = Parse(
            "\"documentFilter\": {\"field\": \"a\\\"b\", \"matchValues\": [1, {\"$date\": {\"$numberLong\": \"5\"}}]}"
        ).Scope;
        scope
            .Documents.For(new("any", "thing"))!
            .Stages.ShouldBe([
                ExtendedJsonReader.ReadDocument(
                    """{"$match": {"a\"b": {"$in": [1, {"$date": {"$numberLong": "5"}}]}}}"""
                ),
            ]);
    }

    [Theory]
    [InlineData("InvalidRequestBody", "\"reversible\": \"yes\"")]
    [InlineData("InvalidRequestBody", "\"enableUserWriteBlocking\": \"both\"")]
    [InlineData("InvalidRequestBody", "\"buildIndexes\": \"later\"")]
    [InlineData("InvalidRequestBody", "\"verification\": true")]
    [InlineData("InvalidRequestBody", "\"copyInNaturalOrder\": true")]
    [InlineData("InvalidRequestBody", "\"copyInNaturalOrder\": [{\"collections\": [\"orders\"]}]")]
    [InlineData("UnknownField", "\"reversable\": true")]
    [InlineData("UnknownField", "\"verification\": {\"enable\": true}")]
    [InlineData("InvalidRequestBody", "\"sharding\": {\"entries\": []}")]
    [InlineData("ReversibleNotAllowed", "\"reversible\": true, \"preExistingDestinationData\": true")]
    [InlineData("ReversibleNotAllowed", "\"reversible\": true, \"excludeNamespaces\": [{\"database\": \"a\"}]")]
    [InlineData("ReversibleNotAllowed", "\"buildIndexes\": \"never\", \"reversible\": true")]
    [InlineData("FilterNotAllowed", "\"includeNamespaces\": [{\"database\": \"admin\"}]")]
    [InlineData(
        "FilterNotAllowed",
        "\"includeNamespaces\": [{\"database\": \"a\"}], \"enableUserWriteBlocking\": \"sourceAndDestination\""
    )]
    [InlineData("FilterNotAllowed", "\"documentFilter\": {\"field\": \"a.b\", \"matchValues\": [1]}")]
    [InlineData("FilterNotAllowed", "\"documentFilter\": {\"field\": \"a\", \"matchValues\": []}")]
    [InlineData("FilterNotAllowed", "\"documentFilter\": {\"field\": \"a\", \"matchValues\": [1], \"x\": 1}")]
    [InlineData("FilterNotAllowed", "\"documentFilter\": {\"field\": \"a\", \"matchValues\": [{\"$oid\": \"x\"}]}")]
    [Requirement("F03")]
    public void What_is_malformed_or_not_done_is_refused_by_name(string name, string field) =>
        Should.Throw<SyncRefusal>(() => Parse(field)).Name.ShouldBe(name);

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("source")]
    [InlineData("{\"source\": \"cluster0\", \"destination\": \"cluster0\"}")]
    [InlineData("{\"source\": \"cluster0\", \"destination\": \"cluster2\"}")]
    [Requirement("F03")]
    public void Both_clusters_are_named_each_once(string body) =>
        Should.Throw<SyncRefusal>(() => StartRequest.Parse(body)).Name.ShouldBe("InvalidRequestBody");

    private static StartRequest Parse(string more) =>
        StartRequest.Parse($$"""{"source": "cluster0", "destination": "cluster1", {{more}}}""");
}
