using Godwit.Bson;
using Godwit.Sandbox.Aggregation.Expressions;

namespace Godwit.Sandbox.Aggregation.Accumulators;

/// <summary>
/// A sum of numbers of all types: integers exactly, doubles with their rounding errors carried along (Neumaier's pair), decimals
/// in decimal.
/// </summary>
internal sealed class ExactSum
{
    private double sum;
    private double carried;
    private Int128 whole;
    private Decimal128 exact = Decimal128.Zero;
    private BsonType widest = BsonType.Int32;

    /// <summary>Whether a decimal was among the numbers.</summary>
    internal bool IsDecimal => widest == BsonType.Decimal128;

    internal void Add(RawValue value)
    {
        widest = Numbers.Widest(widest, value.Type);
        switch (value.Type)
        {
            case BsonType.Decimal128:
                exact = exact.Add(value.ToDecimal());
                break;
            case BsonType.Double:
                AddDouble(value.AsDouble);
                break;
            default:
                whole += value.Integer();
                break;
        }
    }

    /// <summary>The sum as a double.</summary>
    internal double ToDouble()
    {
        var total = MemberwiseCopy();
        total.AddWhole();
        return total.carried == 0 || !double.IsFinite(total.sum) ? total.sum : total.sum + total.carried;
    }

    /// <summary>The sum as a decimal of 34 digits.</summary>
    internal Decimal128 ToDecimal()
    {
        var binary =
            widest == BsonType.Decimal128 && (sum != 0 || !double.IsFinite(sum))
                ? Decimal128
                    .FromDoubleExactly(sum)
                    .Add(Decimal128.FromDoubleExactly(double.IsFinite(sum) ? carried : 0))
                : Decimal128.Zero;
        var integers = Decimal128.Create(
            whole < 0,
            System.Numerics.BigInteger.Abs((System.Numerics.BigInteger)whole),
            0
        );
        return exact.Add(integers).Add(binary);
    }

    /// <summary>The sum in the widest type seen; an integer too large for 64 bits becomes a double.</summary>
    internal RawValue Value =>
        widest switch
        {
            BsonType.Decimal128 => ToDecimal().ToRaw(),
            BsonType.Double => ToDouble(),
            _ when whole < long.MinValue || whole > long.MaxValue => ToDouble(),
            BsonType.Int64 => (long)whole,
            _ => Numbers.IntOrLong((long)whole),
        };

    private ExactSum MemberwiseCopy() => (ExactSum)MemberwiseClone();

    private void AddWhole()
    {
        var high = (double)whole;
        AddDouble(high);
        AddDouble((double)(whole - (Int128)high));
    }

    private void AddDouble(double value)
    {
        var total = sum + value;
        if (double.IsFinite(total))
        {
            carried += Math.Abs(sum) >= Math.Abs(value) ? sum - total + value : value - total + sum;
        }

        sum = total;
    }
}
