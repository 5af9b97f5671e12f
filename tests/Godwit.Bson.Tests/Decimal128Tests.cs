using CsCheck;
using Shouldly;
using Xunit;

namespace Godwit.Bson.Tests;

public sealed class Decimal128Tests
{
    [Theory]
    [InlineData("1.50", "1.50")]
    [InlineData("+.5", "0.5")]
    [InlineData("-0E+9999", "-0E+6111")]
    [InlineData("12345678901234567890123456789012345", "1.234567890123456789012345678901234E+34")]
    [InlineData("12345678901234567890123456789012355", "1.234567890123456789012345678901236E+34")]
    [InlineData("9.9999999999999999999999999999999995", "10.00000000000000000000000000000000")]
    [InlineData("1E6112", "1.0E+6112")]
    [InlineData("-iNF", "-Infinity")]
    [InlineData("nan", "NaN")]
    public void Text_is_read_to_34_digits_half_even(string text, string expected) =>
        Decimal128.Parse(text).ToString().ShouldBe(expected);

    [Theory]
    [InlineData("", DecimalParseOutcome.Malformed)]
    [InlineData("1E", DecimalParseOutcome.Malformed)]
    [InlineData("1.2.3", DecimalParseOutcome.Malformed)]
    [InlineData(" 1", DecimalParseOutcome.Malformed)]
    [InlineData("E5", DecimalParseOutcome.Malformed)]
    [InlineData("1E6145", DecimalParseOutcome.Overflow)]
    [InlineData("1E-6177", DecimalParseOutcome.Underflow)]
    [InlineData("10E-6177", DecimalParseOutcome.Parsed)]
    public void Text_out_of_form_or_range_is_told_apart(string text, DecimalParseOutcome expected) =>
        Decimal128.TryParse(text, out _).ShouldBe(expected);

    [Theory]
    [InlineData(1.5, "1.50000000000000")]
    [InlineData(0.1, "0.100000000000000")]
    [InlineData(0.9999999999999994, "0.999999999999999")]
    [InlineData(1e300, "1.00000000000000E+300")]
    [InlineData(-0.0, "-0")]
    public void A_double_becomes_fifteen_digits(double value, string expected) =>
        Decimal128.FromDouble(value).ToString().ShouldBe(expected);

    [Theory]
    [InlineData("1.5", "+", "1.5", "3.0")]
    [InlineData("1E+40", "+", "1", "1.000000000000000000000000000000000E+40")]
    [InlineData("1E-100", "+", "9999999999999999999999999999999999", "9999999999999999999999999999999999")]
    [InlineData("1.5", "*", "0", "0.0")]
    [InlineData("0", "/", "1.5", "0E+1")]
    [InlineData("3", "/", "1.5", "2")]
    [InlineData("1.50000000000000", "/", "1.5", "1.0000000000000")]
    [InlineData("1.5", "/", "9223372036854775807", "1.626303258728256651187503353928256E-19")]
    [InlineData("-1", "/", "1.5", "-0.6666666666666666666666666666666667")]
    [InlineData("-7", "%", "1.5", "-1.0")]
    [InlineData("1", "/", "0", "Infinity")]
    public void Operations_keep_the_preferred_exponent(string left, string operation, string right, string expected)
    {
        var (a, b) = (Decimal128.Parse(left), Decimal128.Parse(right));
        var result = operation switch
        {
            "+" => a.Add(b),
            "*" => a.Multiply(b),
            "/" => a.Divide(b),
            _ => a.Remainder(b),
        };
        result.ToString().ShouldBe(expected);
    }

    [Fact]
    public void Order_against_doubles_is_exact_beyond_34_digits()
    {
        var tenth = Decimal128.Parse("0.1");
        tenth.CompareTo(0.1).ShouldBeLessThan(0);
        Decimal128.FromDoubleExactly(0.1).CompareTo(0.1).ShouldBeLessThan(0);
        Decimal128.Parse("0.5").CompareTo(0.5).ShouldBe(0);
        Decimal128.Parse("-0.1").CompareTo(-0.1).ShouldBeGreaterThan(0);
        Decimal128.Parse("1E+400").CompareTo(double.MaxValue).ShouldBeGreaterThan(0);
        Decimal128.NaN.CompareTo(double.NegativeInfinity).ShouldBeLessThan(0);
        Decimal128.NaN.CompareTo(double.NaN).ShouldBe(0);
    }

    [Fact]
    public void Sums_and_products_of_whole_numbers_are_those_of_integers() =>
        Gen.Select(Gen.Int[-1_000_000, 1_000_000], Gen.Int[-1_000_000, 1_000_000])
            .Sample(
                (a, b) =>
                {
                    var (left, right) = (Decimal128.FromInt64(a), Decimal128.FromInt64(b));
                    left.Add(right).CompareTo((long)a + b).ShouldBe(0);
                    left.Multiply(right).CompareTo((long)a * b).ShouldBe(0);
                    left.CompareTo(right).ShouldBe(a.CompareTo(b));
                }
            );

    [Fact]
    public void A_root_squared_is_the_number_again() =>
        Decimal128.Parse("2.25").SquareRoot().ToString().ShouldBe("1.5");
}
