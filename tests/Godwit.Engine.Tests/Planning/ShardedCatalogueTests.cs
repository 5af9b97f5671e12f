using Godwit.Bson;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;
using Godwit.Engine.Scoping;
using Godwit.Engine.Verifying;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Planning;

/// <summary>A destination's collections are sharded as the source's are.</summary>
[Requirement("S19")]
public sealed class ShardedCatalogueTests
{
    private static readonly ShardKey ByA = Key("a");
    private static readonly ShardKey ByAAndB = Key("a", "b");

    [Fact]
    public void A_collection_that_the_source_has_sharded_meanwhile_is_sharded_too() =>
        Step(ByA, null).ShouldNotBeNull().Before.ShouldBeNull();

    [Fact]
    public void A_key_that_the_source_has_refined_is_refined() =>
        Step(ByAAndB, ByA).ShouldNotBeNull().Before.ShouldBe(ByA);

    [Fact]
    public void A_key_that_is_the_same_in_another_type_of_number_is_left_alone() =>
        Step(ByA, new(new DocumentBuilder { { "a", 1.0 } }.Build(), false)).ShouldBeNull();

    [Fact]
    public void A_key_that_cannot_become_the_sources_stays_as_it_is() => Step(ByA, Key("b")).ShouldBeNull();

    [Fact, Requirement("S25")]
    public void The_index_of_a_unique_key_is_unique_from_the_start_and_every_other_neutral()
    {
        var unique = ByA with { IsUnique = true };
        var index = new DocumentBuilder
        {
            { "key", unique.Pattern },
            { "name", "a_1" },
            { "unique", true },
        }.Build();

        NeutralOptions.ToCreateIndex(index, unique)["unique"].IsTruthy().ShouldBeTrue();
        NeutralOptions.ToCreateIndex(index, ByA)["unique"].IsMissing.ShouldBeTrue();
        NeutralOptions.ToCreateIndex(index, null)["unique"].IsMissing.ShouldBeTrue();
    }

    [Fact, Requirement("B06")]
    public void An_index_that_the_key_needs_and_the_source_lacks_is_made_and_stays()
    {
        var made = SupportingIndexes.Missing(Describe(Orders, Guid.NewGuid(), ByAAndB)).ShouldNotBeNull();

        made["name"].AsString.ShouldBe("a_1_b_1");
        made["key"].AsDocument.ShouldBe(ByAAndB.Pattern);
        Plan(ByAAndB, [], [made]).ShouldBeEmpty();
        Plan(null, [], [made], ByAAndB).ShouldBeEmpty();
        DefinitionComparison
            .Compare(
                Describe(Orders, Guid.NewGuid(), null),
                Describe(Orders, Guid.NewGuid(), ByAAndB) with
                {
                    Indexes = [made],
                }
            )
            .ShouldBeEmpty();
    }

    [Fact]
    public void An_index_that_a_key_stands_on_goes_only_once_the_next_one_is_there()
    {
        var (one, both) = (Index("a_1", "a"), Index("a_1_b_1", "a", "b"));

        var steps = Plan(ByA, [both], [one]).Cast<IndexStep>().ToList();

        steps.Select(step => (step.Drop.Count, step.Create.Count)).ShouldBe([(0, 1), (1, 0)]);
    }

    private static readonly Namespace Orders = new("shop", "orders");

    private static IReadOnlyList<CatalogueStep> Plan(
        ShardKey? wanted,
        RawDocument[] source,
        RawDocument[] destination,
        ShardKey? actual = null
    )
    {
        var (there, here) = (Guid.NewGuid(), Guid.NewGuid());
        return CataloguePlanner.Plan(
            [Describe(Orders, there, wanted) with { Indexes = source }],
            [new CollectionMapping(there, Orders, here)],
            [Describe(Orders, here, actual ?? wanted) with { Indexes = destination }],
            DocumentRules.None
        );
    }

    private static RawDocument Index(string name, params string[] fields) =>
        new DocumentBuilder { { "key", Key(fields).Pattern }, { "name", name } }.Build();

    private static ShardStep? Step(ShardKey? source, ShardKey? destination)
    {
        var name = new Namespace("shop", "orders");
        var (there, here) = (Guid.NewGuid(), Guid.NewGuid());
        return CataloguePlanner
            .Plan(
                [Describe(name, there, source)],
                [new CollectionMapping(there, name, here)],
                [Describe(name, here, destination)],
                DocumentRules.None
            )
            .OfType<ShardStep>()
            .SingleOrDefault();
    }

    private static ShardKey Key(params string[] fields)
    {
        var pattern = new DocumentBuilder();
        Array.ForEach(fields, one => pattern.Add(one, 1));
        return new(pattern.Build(), IsUnique: false);
    }

    private static CollectionDescription Describe(Namespace name, Guid uuid, ShardKey? key) =>
        new(name, uuid, CollectionKind.Collection, RawDocument.Empty, [], []) { ShardKey = key };
}
