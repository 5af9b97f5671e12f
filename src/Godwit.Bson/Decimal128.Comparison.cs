using System.Globalization;
using System.Numerics;

namespace Godwit.Bson;

/// <summary>Order by value, exactly, also against the other numeric types. NaN is equal to itself and below everything, as MongoDB sorts.</summary>
public readonly partial struct Decimal128 : IComparable<Decimal128>, IEquatable<Decimal128>
{
    /// <inheritdoc/>
    public int CompareTo(Decimal128 other)
    {
        if (IsNaN || other.IsNaN)
        {
            return other.IsNaN.CompareTo(IsNaN);
        }

        var (sign, otherSign) = (Sign, other.Sign);
        if (sign != otherSign || sign == 0)
        {
            return sign.CompareTo(otherSign);
        }

        return sign * CompareMagnitude(other);
    }

    /// <summary>Order against a whole number.</summary>
    public int CompareTo(long other) => CompareTo(FromInt64(other));

    /// <summary>Order against a double by its exact binary value, not by 15 or 34 of its digits.</summary>
    public int CompareTo(double other)
    {
        if (!double.IsFinite(other) || !IsFinite)
        {
            return CompareTo(FromDoubleExactly(other));
        }

        // 34 digits decide unless the double has more; then the rest of its digits is what differs.
        var (coefficient, exponent) = BinaryParts(other);
        var rounded = FromDoubleExactly(other);
        var order = CompareTo(rounded);
        if (order != 0 || exponent >= 0 && DigitCount(coefficient << exponent) <= DigitsMax)
        {
            return order;
        }

        var (left, leftTwos) = (Coefficient, 0);
        if (Exponent < 0)
        {
            coefficient *= PowerOfTen(-Exponent);
        }
        else
        {
            left *= PowerOfTen(Exponent);
        }

        leftTwos = Math.Max(0, -exponent);
        var magnitude = (left << leftTwos).CompareTo(exponent > 0 ? coefficient << exponent : coefficient);
        return IsNegative ? -magnitude : magnitude;
    }

    /// <summary>The nearest double.</summary>
    public double ToDouble()
    {
        if (IsNaN)
        {
            return double.NaN;
        }

        return IsInfinity
            ? (IsNegative ? double.NegativeInfinity : double.PositiveInfinity)
            : double.Parse(ToString(), NumberStyles.Float, CultureInfo.InvariantCulture);
    }

    /// <summary>The nearest 64-bit integer (ties to even); <see langword="null"/> if not finite or out of range.</summary>
    public long? ToInt64Rounded() => RoundToWhole(DecimalRounding.HalfEven).ToInt64();

    /// <summary>Same value: <c>1.0</c> equals <c>1.00</c>, NaN equals NaN.</summary>
    public bool Equals(Decimal128 other) => CompareTo(other) == 0;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Decimal128 other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => ToDouble().GetHashCode();

    /// <summary>Less than.</summary>
    public static bool operator <(Decimal128 left, Decimal128 right) => left.CompareTo(right) < 0;

    /// <summary>Greater than.</summary>
    public static bool operator >(Decimal128 left, Decimal128 right) => left.CompareTo(right) > 0;

    /// <summary>Not greater than.</summary>
    public static bool operator <=(Decimal128 left, Decimal128 right) => left.CompareTo(right) <= 0;

    /// <summary>Not less than.</summary>
    public static bool operator >=(Decimal128 left, Decimal128 right) => left.CompareTo(right) >= 0;

    /// <summary>Same value.</summary>
    public static bool operator ==(Decimal128 left, Decimal128 right) => left.Equals(right);

    /// <summary>Another value.</summary>
    public static bool operator !=(Decimal128 left, Decimal128 right) => !left.Equals(right);

    /// <summary>−1, 0 or 1; not for NaN.</summary>
    private int Sign =>
        IsZero ? 0
        : IsNegative ? -1
        : 1;

    private int CompareMagnitude(Decimal128 other)
    {
        if (IsInfinity || other.IsInfinity)
        {
            return IsInfinity.CompareTo(other.IsInfinity);
        }

        var (left, right) = (Coefficient, other.Coefficient);
        var scale = (DigitCount(left) + Exponent).CompareTo(DigitCount(right) + other.Exponent);
        if (scale != 0)
        {
            return scale;
        }

        var distance = Exponent - other.Exponent;
        return distance >= 0
            ? BigInteger.Compare(left * PowerOfTen(distance), right)
            : BigInteger.Compare(left, right * PowerOfTen(-distance));
    }
}
