using System.Numerics;

namespace Godwit.Bson;

/// <summary>Integer roots for decimals.</summary>
internal static class FixedPoint
{
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
}
