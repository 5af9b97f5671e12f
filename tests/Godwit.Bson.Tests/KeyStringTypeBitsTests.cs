using Shouldly;
using Xunit;

namespace Godwit.Bson.Tests;

/// <summary>The types a key string leaves out, as the resume tokens of a real server carry them (recording ddl_events).</summary>
public sealed class KeyStringTypeBitsTests
{
    [Fact]
    public void Ints_and_texts_need_no_bits()
    {
        var bits = new KeyStringTypeBits();
        bits.Append(new DocumentBuilder { { "a", 1 }, { "b", "text" } });

        bits.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void The_bits_of_a_recorded_token_are_made_again()
    {
        var bits = new KeyStringTypeBits();
        foreach (var part in (RawValue[])[2, 128, 0])
        {
            bits.Append(part);
        }

        bits.Append(
            new DocumentBuilder
            {
                { "operationType", "modify" },
                {
                    "operationDescription",
                    new DocumentBuilder { { "cappedSize", 8192L }, { "cappedMax", 20L } }
                },
            }
        );

        bits.ToArray().ShouldBe(Convert.FromBase64String("ggAF"));
    }

    [Theory]
    [InlineData(1.0, "01")]
    [InlineData(-0.0, "03")]
    public void Doubles_are_told_from_ints_and_the_negative_zero_from_the_other(double value, string expected)
    {
        var bits = new KeyStringTypeBits();
        bits.Append(value);

        Convert.ToHexString(bits.ToArray()).ShouldBe(expected);
    }
}
