using Godwit.Engine.Preflight;
using Godwit.Engine.Scoping;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Preflight;

/// <summary>What is not migrated, or not as it is on the source, is said before the start and forbids nothing.</summary>
[Requirement("C11")]
public sealed class BesideChecksTests
{
    private static readonly ClusterFacts Source = new()
    {
        Address = "mongodb://a:27017",
        Version = new(8, 0, 10),
        FeatureCompatibilityVersion = "8.0",
        Identity = "one",
        OplogWindow = TimeSpan.FromHours(48),
    };

    private static readonly ClusterFacts Destination = Source with { Address = "mongodb://b:27017", Identity = "two" };

    [Fact]
    public void Search_indexes_are_named_by_collection_with_how_to_make_them_again_and_the_filter_is_kept_to()
    {
        var source = Source with { SearchIndexed = [new("shop", "orders"), new("shop", "users")] };
        var options = new PreflightOptions
        {
            Scope = NamespaceScope.Parse("", """[{"database": "shop", "collections": ["users"]}]""", ""),
        };

        var found = Find(source, "search-indexes", options);

        found.State.ShouldBe(FindingState.Warning);
        found.Message.ShouldEndWith("some: shop.orders.");
        found.Remedy.ShouldContain("godwit copy-settings");
        Find(Source with { SearchIndexed = [] }, "search-indexes").State.ShouldBe(FindingState.Passed);
        Find(Source, "search-indexes").Message.ShouldContain("could not be asked");
    }

    [Fact]
    public void Query_settings_are_counted_with_how_to_carry_them_over()
    {
        var found = Find(Source with { QuerySettings = 3 }, "query-settings");

        found.State.ShouldBe(FindingState.Warning);
        found.Message.ShouldContain("3 query settings");
        found.Remedy.ShouldContain("godwit copy-settings");
        Find(Source with { QuerySettings = 0 }, "query-settings").State.ShouldBe(FindingState.Passed);
        Find(Source, "query-settings").State.ShouldBe(FindingState.Passed);
    }

    [Fact]
    public void Collections_with_queryable_encryption_are_named()
    {
        var patients = new NamespaceFacts(new("clinic", "patients"), "collection", 1, 1, 1) { IsEncrypted = true };
        var plain = new NamespaceFacts(new("clinic", "rooms"), "collection", 1, 1, 1);

        var found = Find(Source with { Namespaces = [patients, plain] }, "encrypted-collections");

        found.State.ShouldBe(FindingState.Warning);
        found.Message.ShouldContain("clinic.patients");
        found.Message.ShouldNotContain("clinic.rooms");
        Find(Source with { Namespaces = [plain] }, "encrypted-collections").State.ShouldBe(FindingState.Passed);
    }

    [Fact]
    [Requirement("C12")]
    public void Indexes_that_differ_between_shards_are_named_and_asked_of_sharded_sources_only()
    {
        var sharded = Source with { Shape = ClusterShape.Sharded, UnevenIndexes = ["a_1 of shop.orders"] };

        var found = Find(sharded, "uneven-indexes");

        found.State.ShouldBe(FindingState.Warning);
        found.Message.ShouldContain("these indexes, or not in the same form: a_1 of shop.orders.");
        Find(sharded with { UnevenIndexes = [] }, "uneven-indexes").State.ShouldBe(FindingState.Passed);
        PreflightChecks.Run(Source, Destination, new()).ShouldNotContain(one => one.Id == "uneven-indexes");
    }

    [Fact]
    [Requirement("C12")]
    public void Arbiters_in_shards_are_in_the_way_of_nothing_and_warned_of_where_majority_hangs_on_two_members()
    {
        var sharded = Destination with { Shape = ClusterShape.Sharded, Arbiters = 2, DataBearingMembers = 2 };

        var findings = PreflightChecks.Run(Source, sharded, new());

        PreflightChecks.AllowStart(findings).ShouldBeTrue();
        findings.Single(one => one.Id == "majority-destination").State.ShouldBe(FindingState.Warning);
    }

    private static Finding Find(ClusterFacts source, string id, PreflightOptions? options = null)
    {
        var findings = PreflightChecks.Run(source, Destination, options ?? new());
        PreflightChecks.AllowStart(findings).ShouldBeTrue();
        return findings.Single(one => one.Id == id);
    }
}
