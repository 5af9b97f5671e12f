using Shouldly;
using Xunit;

namespace Godwit.Bson.Tests;

public sealed class RawDocumentTests
{
    [Fact]
    public void A_built_document_reads_back_field_by_field()
    {
        var document = new DocumentBuilder
        {
            { "a", 1 },
            { "b", "text" },
            {
                "c",
                new DocumentBuilder { { "d", 2.5 } }
            },
        }.Build();

        document["a"].AsInt32.ShouldBe(1);
        document["b"].AsString.ShouldBe("text");
        document["c"].AsDocument["d"].AsDouble.ShouldBe(2.5);
        document["e"].IsMissing.ShouldBeTrue();
    }

    [Fact]
    public void A_value_that_runs_past_the_end_is_refused()
    {
        byte[] bytes = [12, 0, 0, 0, (byte)BsonType.Int64, (byte)'a', 0, 1, 2, 3, 4, 0];

        Should.Throw<BsonFormatException>(() => new RawDocument(bytes).Count());
    }
}
