using System.Numerics;

namespace Godwit.Bson;

/// <summary>
/// Elementary functions on integers that stand for <c>value × 10^90</c>: enough digits that what is left after rounding to 34 is
/// that of the true value but for ties nobody meets.
/// </summary>
internal static class FixedPoint
{
    internal const int Digits = 90;
    internal static readonly BigInteger One = BigInteger.Pow(10, Digits);
    internal static readonly BigInteger Pi = ComputePi();
    internal static readonly BigInteger Ln2 = 2 * AtanhSeries(One / 3);
    internal static readonly BigInteger Ln10 = Ln(10 * One);

    internal static BigInteger Multiply(BigInteger left, BigInteger right) => left * right / One;

    internal static BigInteger Divide(BigInteger left, BigInteger right) => left * One / right;

    internal static BigInteger SquareRoot(BigInteger value) => IntegerSquareRoot(value * One);

    /// <summary>The largest integer whose square is not above the value (Newton's method from above).</summary>
    internal static BigInteger IntegerSquareRoot(BigInteger value)
    {
        if (value.IsZero)
        {
            return value;
        }

        var root = BigInteger.One << (int)((value.GetBitLength() + 1) / 2);
        while (true)
        {
            var next = (root + (value / root)) >> 1;
            if (next >= root)
            {
                return root;
            }

            root = next;
        }
    }

    /// <summary><c>e^x</c> for x of a few units.</summary>
    internal static BigInteger Exp(BigInteger x)
    {
        const int Halvings = 16;
        x >>= Halvings;
        var (sum, term) = (One, One);
        for (var n = 1; !term.IsZero && !(term == -1); n++)
        {
            term = Multiply(term, x) / n;
            sum += term;
        }

        for (var i = 0; i < Halvings; i++)
        {
            sum = Multiply(sum, sum);
        }

        return sum;
    }

    /// <summary>Natural logarithm of a positive value.</summary>
    internal static BigInteger Ln(BigInteger x)
    {
        var twos = (int)(x.GetBitLength() - One.GetBitLength());
        var mantissa = twos >= 0 ? x >> twos : x << -twos;
        return (2 * AtanhSeries(Divide(mantissa - One, mantissa + One))) + (twos == 0 ? 0 : twos * Ln2);
    }

    internal static BigInteger Sin(BigInteger x)
    {
        x = BigInteger.Remainder(x, 2 * Pi);
        return AlternatingSeries(x, x, 1);
    }

    internal static BigInteger Cos(BigInteger x)
    {
        x = BigInteger.Remainder(x, 2 * Pi);
        return AlternatingSeries(One, x, 0);
    }

    internal static BigInteger Atan(BigInteger x)
    {
        const int Halvings = 4;
        for (var i = 0; i < Halvings; i++)
        {
            x = Divide(x, One + SquareRoot(One + Multiply(x, x)));
        }

        var square = Multiply(x, x);
        var (sum, power) = (x, x);
        for (var n = 3; BigInteger.Abs(power) > 1; n += 2)
        {
            power = -Multiply(power, square);
            sum += power / n;
        }

        return sum << Halvings;
    }

    private static BigInteger AlternatingSeries(BigInteger first, BigInteger x, int order)
    {
        var square = Multiply(x, x);
        var (sum, term) = (first, first);
        for (var n = order + 2; BigInteger.Abs(term) > 1; n += 2)
        {
            term = -Multiply(term, square) / (n * (n - 1));
            sum += term;
        }

        return sum;
    }

    private static BigInteger AtanhSeries(BigInteger x)
    {
        var square = Multiply(x, x);
        var (sum, power) = (x, x);
        for (var n = 3; BigInteger.Abs(power) > 1; n += 2)
        {
            power = Multiply(power, square);
            sum += power / n;
        }

        return sum;
    }

    /// <summary>Machin: π = 16 atan(1/5) − 4 atan(1/239).</summary>
    private static BigInteger ComputePi()
    {
        return (16 * Inverse(5)) - (4 * Inverse(239));

        static BigInteger Inverse(int n)
        {
            var power = One * 1_000_000 / n;
            var sum = power;
            for (var k = 3; !power.IsZero; k += 2)
            {
                power = -power / (n * n);
                sum += power / k;
            }

            return sum / 1_000_000;
        }
    }
}
