using Godwit.Bson;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;
using Godwit.Engine.Recovery;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests;

/// <summary>What stands for a collection goes over to its namesake of another identity only if it can become the same.</summary>
[Requirement("S1a")]
public sealed class IdentityTransferTests
{
    private static readonly Namespace Name = new("shop", "orders");
    private static readonly RawDocument Validated = new DocumentBuilder
    {
        {
            "validator",
            new DocumentBuilder { { "a", 1 } }
        },
        { "validationLevel", "off" },
        { "validationAction", "error" },
    }.Build();

    [Fact]
    public void A_namesake_created_alike_takes_over() => TakesOver(RawDocument.Empty, RawDocument.Empty).ShouldBeTrue();

    [Fact]
    public void A_validator_that_the_namesake_has_besides_can_be_added_later() =>
        TakesOver(Validated, RawDocument.Empty).ShouldBeTrue();

    [Fact]
    public void A_level_of_validation_that_the_namesake_lacks_could_not_be_taken_away() =>
        TakesOver(RawDocument.Empty, Validated).ShouldBeFalse();

    [Fact]
    public void Another_collation_is_another_collection() =>
        TakesOver(
                RawDocument.Empty,
                new DocumentBuilder
                {
                    {
                        "collation",
                        new DocumentBuilder { { "locale", "de" } }
                    },
                }.Build()
            )
            .ShouldBeFalse();

    private static bool TakesOver(RawDocument source, RawDocument destination)
    {
        var (before, heir, stands) = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
        var row = new CollectionMapping(before, Name, stands);
        var after = IdentityTransfer.Plan([row], [Describe(heir, source)], [Describe(stands, destination)]);
        return after.Single().SourceUuid == heir;
    }

    private static CollectionDescription Describe(Guid uuid, RawDocument options) =>
        new(Name, uuid, CollectionKind.Collection, options, [], []);
}
