using CsCheck;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Bson.Tests;

public sealed class KeyStringTests
{
    public static TheoryData<double, string> Doubles =>
        new()
        {
            { 1.0, "2B0204" },
            { -1.0, "27FD04" },
            { 0.0, "2904" },
            { -0.0, "2904" },
            { 1.5, "2B0380000000000000" + "04" },
            { -1.5, "27FC7FFFFFFFFFFFFF" + "04" },
            { 0.1, "2AFEE6666666666668" + "04" },
            { 1e-300, "2A634ADC3F85F1E6B2" + "04" },
            { 1e300, "337C6FC8791000EB38" + "04" },
            { -9.223372036854775808e18, "1FF83FFFFFFFFFFFFF" + "04" },
            { double.NaN, "1E04" },
            { double.PositiveInfinity, "33FFFFFFFFFFFFFFFF" + "04" },
        };

    [Theory]
    [MemberData(nameof(Doubles))]
    public void Doubles_have_the_bytes_a_real_server_gives_them(double value, string expected) =>
        Convert.ToHexString(KeyString.Encode(value)).ShouldBe(expected);

    [Fact]
    [Requirement("S2")]
    public void Numbers_that_are_equal_across_types_have_one_key()
    {
        KeyString.Encode(1).ShouldBe(KeyString.Encode(1.0));
        KeyString.Encode(1).ShouldBe(KeyString.Encode(1L));
        KeyString.Encode(long.MinValue).ShouldBe(KeyString.Encode((double)long.MinValue));
    }

    [Fact]
    [Requirement("S2")]
    public void Keys_sort_as_bytes_like_their_values() =>
        RawValues
            .Any.Select(RawValues.Any)
            .Sample(
                (left, right) =>
                {
                    var order = Math.Sign(ValueComparer.Compare(left, right));
                    var keys = Math.Sign(KeyString.Encode(left).AsSpan().SequenceCompareTo(KeyString.Encode(right)));
                    return order == keys && (order != 0 || ValueComparer.Hash(left) == ValueComparer.Hash(right));
                },
                iter: 20_000,
                print: pair => $"{pair.Item1} and {pair.Item2}"
            );

    [Fact]
    public void A_descending_part_sorts_the_other_way_round() =>
        RawValues
            .Any.Select(RawValues.Any)
            .Sample(
                (left, right) =>
                    Math.Sign(ValueComparer.Compare(left, right))
                    == -Math.Sign(RawValues.Descending(left).AsSpan().SequenceCompareTo(RawValues.Descending(right))),
                iter: 5_000
            );
}
