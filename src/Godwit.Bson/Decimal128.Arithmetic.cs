using System.Numerics;

namespace Godwit.Bson;

/// <summary>The four operations, remainder and square root, rounded half-even with IEEE 754's preferred exponents.</summary>
public readonly partial struct Decimal128
{
    /// <summary>The value with the other sign.</summary>
    public Decimal128 Negate() => new(high ^ 0x8000_0000_0000_0000, low);

    /// <summary>The value without sign.</summary>
    public Decimal128 Abs() => new(high & 0x7FFF_FFFF_FFFF_FFFF, low);

    /// <summary>Sum.</summary>
    public Decimal128 Add(Decimal128 other)
    {
        if (IsNaN || other.IsNaN)
        {
            return NaN;
        }

        if (IsInfinity)
        {
            return other.IsInfinity && other.IsNegative != IsNegative ? NaN : this;
        }

        if (other.IsInfinity)
        {
            return other;
        }

        var (larger, smaller) = Exponent >= other.Exponent ? (this, other) : (other, this);
        var distance = larger.Exponent - smaller.Exponent;
        if (larger.Coefficient.IsZero)
        {
            return smaller.Coefficient.IsZero ? AddSigned(larger, smaller, 0) : smaller;
        }

        // A summand this far below the last digit can only decide a rounding: its place is taken by one unit.
        const int FarAway = 2 * DigitsMax + 4;
        if (distance > FarAway)
        {
            var unit = new BigInteger(smaller.Coefficient.IsZero ? 0 : 1);
            return Create(
                larger.IsNegative,
                (larger.Coefficient * PowerOfTen(FarAway)) + (larger.IsNegative == smaller.IsNegative ? unit : -unit),
                larger.Exponent - FarAway
            );
        }

        return AddSigned(larger, smaller, distance);
    }

    /// <summary>Difference.</summary>
    public Decimal128 Subtract(Decimal128 other) => Add(other.Negate());

    /// <summary>Product.</summary>
    public Decimal128 Multiply(Decimal128 other)
    {
        if (IsNaN || other.IsNaN)
        {
            return NaN;
        }

        var isNegative = IsNegative != other.IsNegative;
        if (IsInfinity || other.IsInfinity)
        {
            return IsZero || other.IsZero ? NaN : Infinity(isNegative);
        }

        return Create(isNegative, Coefficient * other.Coefficient, Exponent + other.Exponent);
    }

    /// <summary>Quotient; division by zero is infinite, or NaN for zero by zero.</summary>
    public Decimal128 Divide(Decimal128 other)
    {
        if (IsNaN || other.IsNaN || (IsInfinity && other.IsInfinity) || (IsZero && other.IsZero))
        {
            return NaN;
        }

        var isNegative = IsNegative != other.IsNegative;
        if (IsInfinity || other.IsZero)
        {
            return Infinity(isNegative);
        }

        var preferred = Exponent - other.Exponent;
        if (other.IsInfinity || IsZero)
        {
            return Create(isNegative, BigInteger.Zero, other.IsInfinity ? ExponentMin : preferred);
        }

        var shift = Math.Max(0, DigitsMax + 3 + DigitCount(other.Coefficient) - DigitCount(Coefficient));
        var quotient = BigInteger.DivRem(Coefficient * PowerOfTen(shift), other.Coefficient, out var remainder);
        return remainder.IsZero
            ? CreateExact(isNegative, quotient, preferred - shift, preferred)
            : Create(isNegative, (quotient * 10) + 1, preferred - shift - 1);
    }

    /// <summary>Remainder with the dividend's sign (C's <c>fmod</c>).</summary>
    public Decimal128 Remainder(Decimal128 other)
    {
        if (IsNaN || other.IsNaN || IsInfinity || other.IsZero)
        {
            return NaN;
        }

        if (other.IsInfinity)
        {
            return this;
        }

        var exponent = Math.Min(Exponent, other.Exponent);
        var divisor = other.Coefficient * PowerOfTen(other.Exponent - exponent);
        var rest = (Coefficient * BigInteger.ModPow(10, Exponent - exponent, divisor)) % divisor;
        return Create(IsNegative, rest, exponent);
    }

    /// <summary>Square root, correctly rounded.</summary>
    public Decimal128 SquareRoot()
    {
        if (IsNaN || (IsNegative && !IsZero))
        {
            return NaN;
        }

        var preferred = (int)Math.Floor(Exponent / 2.0);
        if (IsInfinity || IsZero)
        {
            return IsInfinity ? this : Create(IsNegative, BigInteger.Zero, preferred);
        }

        var shift = Math.Max(0, (2 * DigitsMax) + 6 - DigitCount(Coefficient));
        shift += (Exponent - shift) & 1;
        var radicand = Coefficient * PowerOfTen(shift);
        var root = FixedPoint.IntegerSquareRoot(radicand);
        return root * root == radicand
            ? CreateExact(isNegative: false, root, (Exponent - shift) / 2, preferred)
            : Create(isNegative: false, (root * 10) + 1, ((Exponent - shift) / 2) - 1);
    }

    internal static Decimal128 CreateExactPower(Decimal128 x, int power) =>
        Create(x.IsNegative && (power & 1) == 1, BigInteger.Pow(x.Coefficient, power), x.Exponent * power);

    private static Decimal128 CreateExact(bool isNegative, BigInteger coefficient, int exponent, int preferred)
    {
        while (exponent < preferred || DigitCount(coefficient) > DigitsMax)
        {
            var quotient = BigInteger.DivRem(coefficient, 10, out var digit);
            if (!digit.IsZero)
            {
                break;
            }

            coefficient = quotient;
            exponent++;
        }

        return Create(isNegative, coefficient, exponent);
    }

    private static Decimal128 AddSigned(Decimal128 larger, Decimal128 smaller, int distance)
    {
        var left = larger.Coefficient * PowerOfTen(distance);
        var sum =
            (larger.IsNegative ? -left : left) + (smaller.IsNegative ? -smaller.Coefficient : smaller.Coefficient);
        var isNegative = sum.IsZero ? larger.IsNegative && smaller.IsNegative : sum.Sign < 0;
        return Create(isNegative, BigInteger.Abs(sum), smaller.Exponent);
    }
}
