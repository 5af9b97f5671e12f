using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary><c>$subtract</c>: numbers from numbers, dates from dates (milliseconds), milliseconds from dates.</summary>
internal static class Subtraction
{
    internal static RawValue Subtract(RawValue left, RawValue right)
    {
        if (left.IsNumber && right.IsNumber)
        {
            return SubtractNumbers(left, right);
        }

        if (left.IsNullish || right.IsNullish)
        {
            return RawValue.Null;
        }

        if (left.Type != BsonType.DateTime)
        {
            throw new CommandException(
                ErrorCode.TypeMismatch,
                $"can't $subtract {BsonTypeNames.NameOf(right.Type)} from {BsonTypeNames.NameOf(left.Type)}"
            );
        }

        var from = left.AsDateTimeMilliseconds;
        if (right.Type == BsonType.DateTime)
        {
            return unchecked(from - right.AsDateTimeMilliseconds);
        }

        if (!right.IsNumber)
        {
            throw new CommandException(
                ErrorCode.TypeMismatch,
                $"can't $subtract {BsonTypeNames.NameOf(right.Type)} from Date"
            );
        }

        var difference = (Int128)from - RunningSum.ToMilliseconds(right);
        return difference >= long.MinValue && difference <= long.MaxValue
            ? RawValue.DateTime((long)difference)
            : throw RunningSum.DateOverflow();
    }

    private static RawValue SubtractNumbers(RawValue left, RawValue right)
    {
        switch (Numbers.Widest(left.Type, right.Type))
        {
            case BsonType.Decimal128:
                return left.ToDecimal().Subtract(right.ToDecimal()).ToRaw();
            case BsonType.Double:
                return left.ToDouble() - right.ToDouble();
            case var type:
                var difference = (Int128)left.Integer() - right.Integer();
                return difference < long.MinValue || difference > long.MaxValue ? left.ToDouble() - right.ToDouble()
                    : type == BsonType.Int64 ? RawValue.Int64((long)difference)
                    : Numbers.IntOrLong((long)difference);
        }
    }
}
