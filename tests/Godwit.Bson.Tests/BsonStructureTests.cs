using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Bson.Tests;

/// <summary>What is checked once can be walked afterwards; whatever bytes come, the answer is yes or no.</summary>
public sealed class BsonStructureTests(ITestOutputHelper output)
{
    private static readonly RawDocument Everything = new DocumentBuilder
    {
        { "double", 1.5 },
        { "text", "grüße" },
        {
            "document",
            new DocumentBuilder
            {
                {
                    "a",
                    new DocumentBuilder { { "b", RawValue.Array([1, "two", 3L]) } }
                },
            }
        },
        { "binary", RawValue.Binary([1, 2, 3]) },
        { "id", RawValue.ObjectId([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]) },
        { "flag", true },
        { "nothing", RawValue.Null },
        { "long", 7L },
        { "least", RawValue.MinKey },
        { "most", RawValue.MaxKey },
        { "time", new ClusterTime(5, 6) },
    }.Build();

    [Fact]
    public void A_document_of_many_types_passes_with_its_length()
    {
        byte[] bytes = [.. Everything.Bytes.Span, 1, 2, 3];

        BsonStructure.Check(bytes).ShouldBe(Everything.Length);
    }

    [Theory]
    [InlineData(BsonStructure.DepthMax, false)]
    [InlineData(BsonStructure.DepthMax + 1, true)]
    public void Documents_may_be_nested_as_deep_as_MongoDB_allows(int depth, bool isTooDeep)
    {
        var document = new DocumentBuilder { { "leaf", 1 } };
        for (var i = 0; i < depth; i++)
        {
            document = new DocumentBuilder { { "d", document } };
        }

        var bytes = document.Build().Bytes;

        if (isTooDeep)
        {
            Should.Throw<BsonFormatException>(() => BsonStructure.Check(bytes.Span)).IsTooDeep.ShouldBeTrue();
        }
        else
        {
            BsonStructure.Check(bytes.Span).ShouldBe(bytes.Length);
        }
    }

    [Theory]
    [InlineData("0D000000 0F 73 00 05000000 00 00", "code with scope that is cut off")]
    [InlineData("09000000 08 62 00 02 00", "boolean that is neither")]
    [InlineData("0C000000 10 69 00 01000000 01", "no terminator")]
    [InlineData("0E000000 02 73 00 02000000 61 62 00", "text without a terminator")]
    [InlineData("0E000000 03 64 00 06000000 00 00 00", "document longer than its content")]
    [InlineData("08000000 1E 78 00 00", "unknown type")]
    [InlineData("0E000000 05 62 00 FF000000 00 01 00", "binary longer than the document")]
    public void What_is_malformed_is_refused(string hex, string what) =>
        Should.Throw<BsonFormatException>(
            () => BsonStructure.Check(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal))),
            what
        );

    [Fact]
    public void A_code_with_scope_passes()
    {
        var bytes = Convert.FromHexString("1E0000000F63001600000002000000780" + "00C000000106900010000000000");

        BsonStructure.Check(bytes).ShouldBe(bytes.Length);
    }

    [Fact]
    public void Whatever_is_done_to_a_document_what_passes_can_be_walked()
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var passed = 0;
        const int times = 200_000;
        for (var i = 0; i < times; i++)
        {
            var bytes = Mutation.Of(Everything.Bytes.Span, random);
            if (LengthOf(bytes) is { } length)
            {
                _ = KeyString.Encode(new RawDocument(bytes.AsMemory(0, length)));
                passed++;
            }
        }

        passed.ShouldBeInRange(1, times - 1);
    }

    private static int? LengthOf(byte[] bytes)
    {
        try
        {
            return BsonStructure.Check(bytes);
        }
        catch (BsonFormatException)
        {
            return null;
        }
    }
}
