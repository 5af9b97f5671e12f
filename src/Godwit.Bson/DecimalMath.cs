using System.Numerics;

namespace Godwit.Bson;

/// <summary>
/// Exponential, logarithmic, trigonometric and hyperbolic functions of decimals, computed with 90 digits and rounded to 34.
/// Arguments outside a function's domain give NaN.
/// </summary>
public static class DecimalMath
{
    /// <summary>π to 34 digits.</summary>
    public static readonly Decimal128 Pi = FromFixed(FixedPoint.Pi);

    private static readonly Decimal128 HalfPi = FromFixed(FixedPoint.Pi / 2);

    /// <summary><c>e^x</c>.</summary>
    public static Decimal128 Exp(Decimal128 x)
    {
        if (!x.IsFinite)
        {
            return x.IsInfinity && x.IsNegative ? Decimal128.Zero : x;
        }

        if (Magnitude(x) > 5)
        {
            return x.IsNegative
                ? Decimal128.Create(isNegative: false, 0, Decimal128.ExponentMin)
                : Decimal128.PositiveInfinity;
        }

        return ExpOf(ToFixed(x));
    }

    /// <summary>Natural logarithm.</summary>
    public static Decimal128 Ln(Decimal128 x) => Outside(x, isPositiveOnly: true) ?? FromFixed(LnOf(x));

    /// <summary>Decimal logarithm.</summary>
    public static Decimal128 Log10(Decimal128 x)
    {
        if (Outside(x, isPositiveOnly: true) is { } special)
        {
            return special;
        }

        var digits = Decimal128.DigitCount(x.Coefficient);
        return x.Coefficient == Decimal128.PowerOfTen(digits - 1)
            ? Decimal128.FromInt64(x.Exponent + digits - 1)
            : FromFixed(FixedPoint.Divide(LnOf(x), FixedPoint.Ln10));
    }

    /// <summary>Binary logarithm.</summary>
    public static Decimal128 Log2(Decimal128 x) =>
        Outside(x, isPositiveOnly: true) ?? FromFixed(FixedPoint.Divide(LnOf(x), FixedPoint.Ln2));

    /// <summary>Power; exact for whole exponents as far as 34 digits are.</summary>
    public static Decimal128 Pow(Decimal128 x, Decimal128 y)
    {
        if (y.IsZero || x == Decimal128.One)
        {
            return Decimal128.One;
        }

        if (x.IsNaN || y.IsNaN)
        {
            return Decimal128.NaN;
        }

        var whole = y.IsFinite && y.RoundToWhole(DecimalRounding.TowardZero) == y;
        var isOdd = whole && !y.Remainder(Decimal128.FromInt64(2)).IsZero;
        var isNegative = x.IsNegative && isOdd;
        if (x.IsZero || x.IsInfinity || y.IsInfinity)
        {
            var order = x.Abs().CompareTo(Decimal128.One);
            var grows = order > 0 != y.IsNegative;
            return order == 0 ? Decimal128.One
                : grows ? (isNegative ? Decimal128.NegativeInfinity : Decimal128.PositiveInfinity)
                : Decimal128.Create(isNegative, 0, 0);
        }

        if (x.IsNegative && !whole)
        {
            return Decimal128.NaN;
        }

        if (whole && y.ToInt64() is > -1000 and < 1000 and var power)
        {
            var exact = Decimal128.CreateExactPower(x, (int)Math.Abs(power));
            return power > 0 ? exact : Decimal128.One.Divide(exact);
        }

        var product = LnOf(x.Abs()) * y.Coefficient;
        if (Magnitude(y) + Decimal128.DigitCount(LnOf(x.Abs())) - FixedPoint.Digits > 6)
        {
            var shrinks = product.Sign < 0 != y.IsNegative;
            return shrinks ? Decimal128.Create(isNegative, 0, 0) : Decimal128.Infinity(isNegative);
        }

        product =
            y.Exponent >= 0
                ? product * Decimal128.PowerOfTen(y.Exponent)
                : product / Decimal128.PowerOfTen(-y.Exponent);
        var result = ExpOf(y.IsNegative ? -product : product);
        return isNegative ? result.Negate() : result;
    }

    /// <summary>Sine.</summary>
    public static Decimal128 Sin(Decimal128 x) =>
        Tiny(x) ?? (x.IsFinite ? FromFixed(FixedPoint.Sin(ReduceAngle(x))) : Decimal128.NaN);

    /// <summary>Cosine.</summary>
    public static Decimal128 Cos(Decimal128 x) =>
        x.IsZero ? Decimal128.One
        : x.IsFinite ? FromFixed(FixedPoint.Cos(ReduceAngle(x)))
        : Decimal128.NaN;

    /// <summary>Tangent.</summary>
    public static Decimal128 Tan(Decimal128 x)
    {
        if (Tiny(x) is { } same)
        {
            return same;
        }

        if (!x.IsFinite)
        {
            return Decimal128.NaN;
        }

        var angle = ReduceAngle(x);
        return FromFixed(FixedPoint.Divide(FixedPoint.Sin(angle), FixedPoint.Cos(angle)));
    }

    /// <summary>Inverse sine.</summary>
    public static Decimal128 Asin(Decimal128 x)
    {
        if (x.IsNaN || x.Abs() > Decimal128.One)
        {
            return Decimal128.NaN;
        }

        if (x.Abs() == Decimal128.One)
        {
            return x.IsNegative ? HalfPi.Negate() : HalfPi;
        }

        return Tiny(x) ?? FromFixed(AsinOf(ToFixed(x)));
    }

    /// <summary>Inverse cosine.</summary>
    public static Decimal128 Acos(Decimal128 x)
    {
        if (x.IsNaN || x.Abs() > Decimal128.One)
        {
            return Decimal128.NaN;
        }

        if (x.Abs() == Decimal128.One)
        {
            return x.IsNegative ? Pi : Decimal128.Zero;
        }

        return FromFixed((FixedPoint.Pi / 2) - AsinOf(ToFixed(x)));
    }

    /// <summary>Inverse tangent.</summary>
    public static Decimal128 Atan(Decimal128 x)
    {
        if (x.IsNaN || Tiny(x) is not null)
        {
            return x;
        }

        if (x.IsInfinity || Magnitude(x) > 60)
        {
            return x.IsNegative ? HalfPi.Negate() : HalfPi;
        }

        return FromFixed(FixedPoint.Atan(ToFixed(x)));
    }

    /// <summary>Angle of the point (x, y).</summary>
    public static Decimal128 Atan2(Decimal128 y, Decimal128 x)
    {
        if (y.IsNaN || x.IsNaN)
        {
            return Decimal128.NaN;
        }

        if (y.IsZero || x.IsInfinity && !y.IsInfinity)
        {
            var axis = x.IsNegative ? Pi : Decimal128.Zero;
            return y.IsNegative ? axis.Negate() : axis;
        }

        if (x.IsZero || y.IsInfinity && !x.IsInfinity)
        {
            return y.IsNegative ? HalfPi.Negate() : HalfPi;
        }

        var angle =
            y.IsInfinity ? FixedPoint.Pi / 4
            : ToFixedQuotient(y, x) is { } ratio ? FixedPoint.Atan(ratio)
            : FixedPoint.Pi / 2;
        angle = x.IsNegative ? FixedPoint.Pi - angle : angle;
        return FromFixed(y.IsNegative ? -angle : angle);
    }

    /// <summary>Hyperbolic sine.</summary>
    public static Decimal128 Sinh(Decimal128 x) => Tiny(x) ?? Half(Exp(x).Subtract(Exp(x.Negate())), x, -1);

    /// <summary>Hyperbolic cosine.</summary>
    public static Decimal128 Cosh(Decimal128 x) => x.IsNaN ? x : Half(Exp(x).Add(Exp(x.Negate())), x, 1);

    /// <summary>Hyperbolic tangent.</summary>
    public static Decimal128 Tanh(Decimal128 x)
    {
        if (x.IsNaN || Tiny(x) is not null)
        {
            return x;
        }

        if (x.IsInfinity || Magnitude(x) > 2)
        {
            return x.IsNegative ? Decimal128.One.Negate() : Decimal128.One;
        }

        var squared = FixedPoint.Exp(2 * BigInteger.Abs(ToFixed(x)));
        var result = FromFixed(FixedPoint.Divide(squared - FixedPoint.One, squared + FixedPoint.One));
        return x.IsNegative ? result.Negate() : result;
    }

    /// <summary>Inverse hyperbolic sine.</summary>
    public static Decimal128 Asinh(Decimal128 x)
    {
        if (!x.IsFinite || Tiny(x) is not null)
        {
            return x;
        }

        var size = x.Abs();
        var value = Magnitude(x) > 40 ? LnOf(size) + FixedPoint.Ln2 : LnOfRoot(ToFixed(size), FixedPoint.One);
        return FromFixed(x.IsNegative ? -value : value);
    }

    /// <summary>Inverse hyperbolic cosine.</summary>
    public static Decimal128 Acosh(Decimal128 x)
    {
        if (x.IsNaN || x < Decimal128.One)
        {
            return Decimal128.NaN;
        }

        if (x.IsInfinity)
        {
            return x;
        }

        return FromFixed(Magnitude(x) > 40 ? LnOf(x) + FixedPoint.Ln2 : LnOfRoot(ToFixed(x), -FixedPoint.One));
    }

    /// <summary>Inverse hyperbolic tangent.</summary>
    public static Decimal128 Atanh(Decimal128 x)
    {
        if (x.IsNaN || x.Abs() > Decimal128.One)
        {
            return Decimal128.NaN;
        }

        if (x.Abs() == Decimal128.One)
        {
            return x.IsNegative ? Decimal128.NegativeInfinity : Decimal128.PositiveInfinity;
        }

        var value = ToFixed(x);
        return Tiny(x)
            ?? FromFixed(FixedPoint.Ln(FixedPoint.Divide(FixedPoint.One + value, FixedPoint.One - value)) / 2);
    }

    private static BigInteger LnOfRoot(BigInteger x, BigInteger shift) =>
        FixedPoint.Ln(x + FixedPoint.SquareRoot(FixedPoint.Multiply(x, x) + shift));

    private static BigInteger AsinOf(BigInteger x) =>
        FixedPoint.Atan(FixedPoint.Divide(x, FixedPoint.SquareRoot(FixedPoint.One - FixedPoint.Multiply(x, x))));

    /// <summary>sinh and cosh: halves of sums of exponentials, recomputed with all digits where the sum lost some.</summary>
    private static Decimal128 Half(Decimal128 rounded, Decimal128 x, int sign)
    {
        if (!x.IsFinite || Magnitude(x) > 2)
        {
            return rounded.Divide(Decimal128.FromInt64(2));
        }

        var power = FixedPoint.Exp(ToFixed(x));
        return FromFixed((power + (sign * FixedPoint.Divide(FixedPoint.One, power))) / 2);
    }

    private static Decimal128 ExpOf(BigInteger x)
    {
        var tens = BigInteger.Divide(x, FixedPoint.Ln10);
        if (BigInteger.Abs(tens) > 7000)
        {
            return tens.Sign > 0
                ? Decimal128.PositiveInfinity
                : Decimal128.Create(isNegative: false, 0, Decimal128.ExponentMin);
        }

        var rest = FixedPoint.Exp(x - (tens * FixedPoint.Ln10));
        return rest == FixedPoint.One
            ? Decimal128.Create(isNegative: false, 1, (int)tens)
            : Decimal128.Create(isNegative: false, rest, (int)tens - FixedPoint.Digits);
    }

    private static BigInteger LnOf(Decimal128 x)
    {
        var digits = Decimal128.DigitCount(x.Coefficient);
        var mantissa = x.Coefficient * Decimal128.PowerOfTen(FixedPoint.Digits - digits + 1);
        var tens = x.Exponent + digits - 1;
        return FixedPoint.Ln(mantissa) + (tens * FixedPoint.Ln10);
    }

    /// <summary>The remainder after full turns; beyond 10^40 there is no angle left in 34 digits, the fixed π is used all the same.</summary>
    private static BigInteger ReduceAngle(Decimal128 x) =>
        Magnitude(x) > 40 ? BigInteger.Remainder(ToFixed(x), 2 * FixedPoint.Pi) : ToFixed(x);

    private static BigInteger? ToFixedQuotient(Decimal128 y, Decimal128 x)
    {
        if (Magnitude(y) - Magnitude(x) > 60)
        {
            return null;
        }

        var shift = FixedPoint.Digits + y.Exponent - x.Exponent;
        return shift >= 0
            ? y.Coefficient * Decimal128.PowerOfTen(shift) / x.Coefficient
            : y.Coefficient / (x.Coefficient * Decimal128.PowerOfTen(-shift));
    }

    private static Decimal128? Outside(Decimal128 x, bool isPositiveOnly)
    {
        if (x.IsNaN || (isPositiveOnly && x.IsNegative && !x.IsZero))
        {
            return Decimal128.NaN;
        }

        return x.IsZero ? Decimal128.NegativeInfinity
            : x.IsInfinity ? x
            : null;
    }

    /// <summary>Where a function runs through zero with slope one, arguments below 10^-40 are their own value.</summary>
    private static Decimal128? Tiny(Decimal128 x) =>
        x.IsNaN || x.IsZero || (x.IsFinite && Magnitude(x) < -40) ? x : null;

    /// <summary>Number of digits before the decimal point; negative for leading zeros after it.</summary>
    private static int Magnitude(Decimal128 x) => x.Exponent + Decimal128.DigitCount(x.Coefficient);

    private static BigInteger ToFixed(Decimal128 x)
    {
        var shift = x.Exponent + FixedPoint.Digits;
        var value =
            shift >= 0 ? x.Coefficient * Decimal128.PowerOfTen(shift) : x.Coefficient / Decimal128.PowerOfTen(-shift);
        return x.IsNegative ? -value : value;
    }

    private static Decimal128 FromFixed(BigInteger value) =>
        value.IsZero ? Decimal128.Zero : Decimal128.Create(value.Sign < 0, BigInteger.Abs(value), -FixedPoint.Digits);
}
