using Godwit.Bson;
using Godwit.Engine.Applying;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Applying;

/// <summary>Statements written without a builder are the documents a builder would make.</summary>
[Requirement("S13")]
public sealed class StatementWriterTests
{
    private static readonly RawDocument Document = new DocumentBuilder { { "_id", 1 }, { "text", "x" } }.Build();

    [Fact]
    public void A_document_is_addressed_by_its_exact_id()
    {
        var writer = new StatementWriter();
        writer.AddUpdate(7, Document, upsert: true);
        writer.AddUpdate("seven", Document, upsert: false);
        writer.AddDelete(RawValue.MinKey);
        writer.Add(Document);

        Statements(writer)
            .ShouldBe([
                "{ q: { _id: 7 }, u: { _id: 1, text: \"x\" }, upsert: true }",
                "{ q: { _id: \"seven\" }, u: { _id: 1, text: \"x\" } }",
                "{ q: { _id: MinKey }, limit: 1 }",
                "{ _id: 1, text: \"x\" }",
            ]);
    }

    [Fact]
    public void An_id_that_is_a_document_cannot_be_taken_for_operators()
    {
        var id = new DocumentBuilder { { "$gt", 1 } };
        var writer = new StatementWriter();
        writer.AddDelete(id);

        Statements(writer).ShouldBe(["{ q: { _id: { $eq: { $gt: 1 } } }, limit: 1 }"]);
    }

    [Fact]
    public void What_was_cleared_is_not_sent_again()
    {
        var writer = new StatementWriter();
        writer.AddDelete(1);
        writer.Clear();
        writer.AddDelete(2);

        Statements(writer).ShouldBe(["{ q: { _id: 2 }, limit: 1 }"]);
    }

    private static List<string> Statements(StatementWriter writer)
    {
        var statements = new List<string>();
        foreach (var statement in writer.ToBatch())
        {
            BsonValidator.Validate(statement.Bytes);
            statements.Add(statement.ToString());
        }

        return statements;
    }
}
