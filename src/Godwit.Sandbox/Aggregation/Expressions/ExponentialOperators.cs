using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary><c>$exp</c>, <c>$ln</c>, <c>$log</c>, <c>$log10</c>, <c>$pow</c> and <c>$sqrt</c>.</summary>
internal static class ExponentialOperators
{
    internal static void Register(OperatorTable table)
    {
        table.Unary("$exp", value => Apply("$exp", value, Math.Exp, DecimalMath.Exp));
        table.Unary("$ln", value => Apply("$ln", RequirePositive("$ln", 28766, value), Math.Log, DecimalMath.Ln));
        table.Unary(
            "$log10",
            value => Apply("$log10", RequirePositive("$log10", 28761, value), Math.Log10, DecimalMath.Log10)
        );
        table.Unary("$sqrt", value => Apply("$sqrt", RequireNotNegative(value), Math.Sqrt, x => x.SquareRoot()));
        table.Fixed("$log", 2, (arguments, _) => Log(arguments[0], arguments[1]));
        table.Fixed("$pow", 2, (arguments, _) => Pow(arguments[0], arguments[1]));
    }

    /// <summary>A function of one number, in decimal for decimals and in double for the others.</summary>
    internal static RawValue Apply(
        string name,
        RawValue value,
        Func<double, double> binary,
        Func<Decimal128, Decimal128> exact
    ) =>
        ArithmeticOperators.Numeric(
            name,
            value,
            number => number.Type == BsonType.Decimal128 ? exact(number.ToDecimal()).ToRaw() : binary(number.ToDouble())
        );

    private static bool IsPositive(RawValue value) =>
        value.Type == BsonType.Decimal128
            ? value.ToDecimal() is { IsNaN: true } or { IsNegative: false, IsZero: false }
            : value.ToDouble() is > 0 or double.NaN;

    private static RawValue RequirePositive(string name, int code, RawValue value) =>
        !value.IsNumber || IsPositive(value)
            ? value
            : throw new CommandException(code, $"{name}'s argument must be a positive number, but is {value}");

    private static RawValue RequireNotNegative(RawValue value)
    {
        var isNegative =
            value.IsNumber
            && (
                value.Type == BsonType.Decimal128
                    ? value.ToDecimal() is { IsNaN: false, IsNegative: true, IsZero: false }
                    : value.ToDouble() < 0
            );
        return isNegative
            ? throw new CommandException(28714, "$sqrt's argument must be greater than or equal to 0")
            : value;
    }

    private static RawValue Log(RawValue value, RawValue power)
    {
        if (value.IsNullish || power.IsNullish)
        {
            return RawValue.Null;
        }

        RequireNumber(value, 28756, "$log's argument must be numeric, not");
        RequireNumber(power, 28757, "$log's base must be numeric, not");
        _ = RequirePositive("$log", 28758, value);
        if (!IsPositive(power) || power.ToDouble() == 1)
        {
            throw new CommandException(28759, $"$log's base must be a positive number not equal to 1, but is {power}");
        }

        if (Numbers.Widest(value.Type, power.Type) != BsonType.Decimal128)
        {
            return Math.Log(value.ToDouble()) / Math.Log(power.ToDouble());
        }

        var (number, logBase) = (value.ToDecimal(), power.ToDecimal());
        return (
            logBase == Decimal128.FromInt64(2) ? DecimalMath.Log2(number)
            : logBase == Decimal128.FromInt64(10) ? DecimalMath.Log10(number)
            : DecimalMath.Ln(number).Divide(DecimalMath.Ln(logBase))
        ).ToRaw();
    }

    private static RawValue Pow(RawValue value, RawValue power)
    {
        if (value.IsNullish || power.IsNullish)
        {
            return RawValue.Null;
        }

        RequireNumber(value, 28762, "$pow's base must be numeric, not");
        RequireNumber(power, 28763, "$pow's exponent must be numeric, not");
        if (value.ToDouble() == 0 && power.ToDouble() < 0)
        {
            throw new CommandException(28764, "$pow cannot take a base of 0 and a negative exponent");
        }

        switch (Numbers.Widest(value.Type, power.Type))
        {
            case BsonType.Decimal128:
                // Adding the finest zero gives all 34 digits, as the server's result has.
                var finest = Decimal128.Create(isNegative: false, 0, Decimal128.ExponentMin);
                return DecimalMath.Pow(value.ToDecimal(), power.ToDecimal()).Add(finest).ToRaw();
            case BsonType.Double:
                return Math.Pow(value.ToDouble(), power.ToDouble());
            case var type:
                return IntegerPower(value.Integer(), power.Integer()) is { } whole
                    ? (type == BsonType.Int64 ? RawValue.Int64(whole) : Numbers.IntOrLong(whole))
                    : Math.Pow(value.ToDouble(), power.ToDouble());
        }
    }

    private static long? IntegerPower(long value, long power)
    {
        if (value is 1 or 0 || (value == -1 && (power & 1) == 0))
        {
            return power == 0 ? 1 : Math.Abs(value);
        }

        if (value == -1)
        {
            return -1;
        }

        if (power is < 0 or > 63)
        {
            return null;
        }

        var result = System.Numerics.BigInteger.Pow(value, (int)power);
        return result >= long.MinValue && result <= long.MaxValue ? (long)result : null;
    }

    private static void RequireNumber(RawValue value, int code, string text)
    {
        if (!value.IsNumber)
        {
            throw new CommandException(code, $"{text} {BsonTypeNames.NameOf(value.Type)}");
        }
    }
}
