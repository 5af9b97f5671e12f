using Godwit.Bson;
using Godwit.Engine.Applying;
using Godwit.Engine.Changes;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Applying;

/// <summary>How what stands in a lane of a capped collection is written: nothing comes before what was put there earlier.</summary>
[Requirement("S30")]
public sealed class PlacedStatementsTests : IDisposable
{
    private readonly StatementBuilder builder = new();
    private readonly FollowedCollection collection = new(
        new(
            new("shop", "log"),
            Guid.NewGuid(),
            CollectionKind.Collection,
            new DocumentBuilder { { "capped", true } }.Build(),
            [],
            []
        ),
        new(new("shop", "log"), Guid.NewGuid())
    );

    public void Dispose() => collection.Dispose();

    [Fact]
    [Requirement("S8")]
    public void What_may_have_been_put_there_already_is_taken_out_first_and_put_at_the_end_anew()
    {
        Add("insert", 1, mayBeThere: true);
        Add("delete", 1, mayBeThere: true);
        Add("insert", 2, mayBeThere: true);
        Add("insert", 1, mayBeThere: true);

        builder.Groups.Select(group => group.Kind).ShouldBe([WriteKind.Insert, WriteKind.Delete, WriteKind.Insert]);
        builder.Groups.ShouldAllBe(group => !group.IsStrict);
        Ids(builder.Groups[0]).ShouldBe([1, 2]);
        builder.Groups[0].IsInTwoSteps.ShouldBeTrue();
        builder.Groups[0].ToDeletes().Statements.Count.ShouldBe(2);
        Ids(builder.Groups[2]).ShouldBe([1]);
    }

    [Fact]
    public void No_insert_joins_a_command_that_goes_out_before_an_earlier_one()
    {
        Add("insert", 1);
        Add("insert", 2, mayBeThere: true);
        Add("insert", 3);

        builder.Groups.Select(group => Ids(group).Single()).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public void A_document_that_was_read_again_is_replaced_in_its_place_and_nowhere_else()
    {
        var document = new DocumentBuilder { { "_id", 1 }, { "$odd", true } }.Build();
        builder.Add(LaneItem.OfDocument(Ticket(1) with { IsRewrite = true }, collection, 1, document, new()));

        var group = builder.Groups.ShouldHaveSingleItem();
        (group.Kind, group.IsStrict).ShouldBe((WriteKind.Update, true));
        foreach (var statement in group.Statements.ToBatch())
        {
            statement.Has("upsert").ShouldBeFalse();
        }
    }

    [Fact]
    public void Behind_a_change_that_no_statement_expresses_it_goes_on_with_what_is_put_anew()
    {
        Add("replace", 1);
        Add("delete", 1);
        Add("insert", 1);

        builder.Untranslatable.Count.ShouldBe(1);
        builder.Groups.Select(group => group.Kind).ShouldBe([WriteKind.Delete, WriteKind.Insert]);
    }

    private static List<int> Ids(StatementGroup group) => [.. group.Items.Select(item => item.Id.AsInt32)];

    private LaneTicket Ticket(int id) =>
        new(collection.Hash(FollowedCollection.KeyOf(id)), new(10, 1), new(10, 1), IsRewrite: false);

    /// <summary>An event; a replacement is one that only reading again can carry out.</summary>
    private void Add(string operation, int id, bool mayBeThere = false)
    {
        var document = new DocumentBuilder { { "_id", id }, { operation == "replace" ? "$odd" : "n", 1 } }.Build();
        var raw = new DocumentBuilder
        {
            {
                "_id",
                new DocumentBuilder { { "_data", "82" } }
            },
            { "operationType", operation },
            { "clusterTime", new ClusterTime(10, 1) },
            { "fullDocument", document },
            {
                "documentKey",
                new DocumentBuilder { { "_id", id } }
            },
        }.Build();
        var change = ChangeEvent.Parse(raw);
        var pending = new PendingEvent(change, collection, Ticket(id).Key, new());
        builder.Add(LaneItem.OfEvent(pending, operation != "replace", mayBeThere));
    }
}
