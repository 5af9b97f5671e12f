using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary>The running total of <c>$add</c>: widens as wider types come, becomes a date once one came.</summary>
internal sealed class RunningSum
{
    private long whole;
    private double binary;
    private Decimal128 exact = Decimal128.Zero;
    private BsonType widest = BsonType.Int32;
    private bool isDate;

    /// <summary>The total so far.</summary>
    internal RawValue Value =>
        isDate
            ? RawValue.DateTime(whole)
            : widest switch
            {
                BsonType.Int32 => Numbers.IntOrLong(whole),
                BsonType.Int64 => whole,
                BsonType.Double => binary,
                _ => exact.ToRaw(),
            };

    /// <summary>Adds a number or a date.</summary>
    internal void Add(RawValue value)
    {
        if (value.Type == BsonType.DateTime)
        {
            if (isDate)
            {
                throw new CommandException(16612, "only one date allowed in an $add expression");
            }

            BecomeDate();
            AddToDate(value.AsDateTimeMilliseconds);
        }
        else if (isDate)
        {
            AddNumberToDate(value);
        }
        else
        {
            AddNumber(value);
        }
    }

    /// <summary>A number as milliseconds, rounded; refused if it is out of range.</summary>
    internal static long ToMilliseconds(RawValue value) =>
        (
            value.Type switch
            {
                BsonType.Double => Numbers.RoundToLong(value.AsDouble),
                BsonType.Decimal128 => value.ToDecimal().ToInt64Rounded(),
                _ => value.Integer(),
            }
        ) ?? throw DateOverflow();

    /// <summary>What MongoDB says when a date leaves its range.</summary>
    internal static CommandException DateOverflow() => new(ErrorCode.Overflow, "date overflow");

    private void BecomeDate()
    {
        whole = ToMilliseconds(Value);
        isDate = true;
    }

    private void AddNumberToDate(RawValue value) => AddToDate(ToMilliseconds(value));

    private void AddToDate(long milliseconds)
    {
        var sum = unchecked(whole + milliseconds);
        if (((whole ^ sum) & (milliseconds ^ sum)) < 0)
        {
            throw DateOverflow();
        }

        whole = sum;
    }

    private void AddNumber(RawValue value)
    {
        var wider = Numbers.Widest(widest, value.Type);
        if (wider != widest && wider == BsonType.Double)
        {
            binary = whole;
        }
        else if (wider != widest && wider == BsonType.Decimal128)
        {
            exact = widest == BsonType.Double ? Decimal128.FromDouble(binary) : Decimal128.FromInt64(whole);
        }

        widest = wider;
        switch (widest)
        {
            case BsonType.Decimal128:
                exact = exact.Add(value.ToDecimal());
                break;
            case BsonType.Double:
                binary += value.ToDouble();
                break;
            default:
                AddInteger(value.Integer());
                break;
        }
    }

    private void AddInteger(long value)
    {
        var sum = unchecked(whole + value);
        if (((whole ^ sum) & (value ^ sum)) < 0)
        {
            widest = BsonType.Double;
            binary = (double)whole + value;
        }
        else
        {
            whole = sum;
        }
    }
}
