using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary><c>$add</c>, <c>$subtract</c>, <c>$multiply</c>, <c>$divide</c>, <c>$mod</c> and the functions of one number.</summary>
internal static class ArithmeticOperators
{
    internal static void Register(OperatorTable table)
    {
        table.Variadic("$add", (arguments, _) => Sum(arguments));
        table.Fixed("$subtract", 2, (arguments, _) => Subtraction.Subtract(arguments[0], arguments[1]));
        table.Variadic("$multiply", (arguments, _) => Multiply(arguments));
        table.Fixed("$divide", 2, (arguments, _) => Divide(arguments[0], arguments[1]));
        table.Fixed("$mod", 2, (arguments, _) => Modulo(arguments[0], arguments[1]));
        table.Unary("$abs", value => Numeric("$abs", value, Abs));
        table.Unary("$ceil", value => Numeric("$ceil", value, v => Whole(v, Math.Ceiling, DecimalRounding.Up)));
        table.Unary("$floor", value => Numeric("$floor", value, v => Whole(v, Math.Floor, DecimalRounding.Down)));
        table.Ranged("$round", 1, 2, (arguments, _) => Rounding.Round("$round", arguments, DecimalRounding.HalfEven));
        table.Ranged("$trunc", 1, 2, (arguments, _) => Rounding.Round("$trunc", arguments, DecimalRounding.TowardZero));
        ExponentialOperators.Register(table);
        TrigonometryOperators.Register(table);
        BitOperators.Register(table);
    }

    /// <summary>Null for null, MongoDB's refusal for what is no number, else the function's value.</summary>
    internal static RawValue Numeric(string name, RawValue value, Func<RawValue, RawValue> function)
    {
        if (value.IsNullish)
        {
            return RawValue.Null;
        }

        return value.IsNumber
            ? function(value)
            : throw new CommandException(
                28765,
                $"{name} only supports numeric types, not {BsonTypeNames.NameOf(value.Type)}"
            );
    }

    /// <summary>The sum of numbers and at most one date.</summary>
    internal static RawValue Sum(RawValue[] values)
    {
        var sum = new RunningSum();
        foreach (var value in values)
        {
            if (value.IsNullish)
            {
                return RawValue.Null;
            }

            if (!value.IsNumber && value.Type != BsonType.DateTime)
            {
                throw new CommandException(
                    ErrorCode.TypeMismatch,
                    $"$add only supports numeric or date types, not {BsonTypeNames.NameOf(value.Type)}"
                );
            }

            sum.Add(value);
        }

        return sum.Value;
    }

    private static RawValue Multiply(RawValue[] values)
    {
        RawValue product = 1;
        foreach (var value in values)
        {
            if (value.IsNullish)
            {
                return RawValue.Null;
            }

            if (!value.IsNumber)
            {
                throw new CommandException(
                    ErrorCode.TypeMismatch,
                    $"$multiply only supports numeric types, not {BsonTypeNames.NameOf(value.Type)}"
                );
            }

            product = Multiply(product, value);
        }

        return product;
    }

    private static RawValue Multiply(RawValue left, RawValue right)
    {
        switch (Numbers.Widest(left.Type, right.Type))
        {
            case BsonType.Decimal128:
                return left.ToDecimal().Multiply(right.ToDecimal()).ToRaw();
            case BsonType.Double:
                return left.ToDouble() * right.ToDouble();
            case var type:
                var product = Math.BigMul(left.Integer(), right.Integer());
                return product < long.MinValue || product > long.MaxValue ? left.ToDouble() * right.ToDouble()
                    : type == BsonType.Int64 ? RawValue.Int64((long)product)
                    : Numbers.IntOrLong((long)product);
        }
    }

    private static RawValue Divide(RawValue left, RawValue right)
    {
        if (left.IsNumber && right.IsNumber)
        {
            if (Numbers.Widest(left.Type, right.Type) == BsonType.Decimal128)
            {
                var divisor = right.ToDecimal();
                return divisor.IsZero ? throw DivisionByZero() : left.ToDecimal().Divide(divisor).ToRaw();
            }

            var quotient = right.ToDouble();
            return quotient == 0 ? throw DivisionByZero() : left.ToDouble() / quotient;
        }

        return left.IsNullish || right.IsNullish
            ? RawValue.Null
            : throw new CommandException(
                ErrorCode.TypeMismatch,
                $"$divide only supports numeric types, not {BsonTypeNames.NameOf(left.Type)} and {BsonTypeNames.NameOf(right.Type)}"
            );
    }

    private static CommandException DivisionByZero() => new(ErrorCode.BadValue, "can't $divide by zero");

    private static RawValue Modulo(RawValue left, RawValue right)
    {
        if (left.IsNumber && right.IsNumber)
        {
            switch (Numbers.Widest(left.Type, right.Type))
            {
                case BsonType.Decimal128:
                    var divisor = right.ToDecimal();
                    return divisor.IsZero
                        ? throw new CommandException(5733415, "can't $mod by zero")
                        : left.ToDecimal().Remainder(divisor).ToRaw();
                case var _ when right.ToDouble() == 0:
                    throw new CommandException(16610, "can't $mod by zero");
                case BsonType.Double:
                    return left.ToDouble() % right.ToDouble();
                case var type:
                    var rest = right.Integer() == -1 ? 0 : left.Integer() % right.Integer();
                    return type == BsonType.Int64 ? RawValue.Int64(rest) : RawValue.Int32((int)rest);
            }
        }

        return left.IsNullish || right.IsNullish
            ? RawValue.Null
            : throw new CommandException(
                16611,
                $"$mod only supports numeric types, not {BsonTypeNames.NameOf(left.Type)} and {BsonTypeNames.NameOf(right.Type)}"
            );
    }

    private static RawValue Abs(RawValue value) =>
        value.Type switch
        {
            BsonType.Double => Math.Abs(value.AsDouble),
            BsonType.Decimal128 => value.ToDecimal().Abs().ToRaw(),
            BsonType.Int32 => Numbers.IntOrLong(Math.Abs((long)value.AsInt32)),
            _ when value.AsInt64 == long.MinValue => throw new CommandException(
                28680,
                "can't take $abs of long long min"
            ),
            _ => Math.Abs(value.AsInt64),
        };

    private static RawValue Whole(RawValue value, Func<double, double> round, DecimalRounding rounding) =>
        value.Type switch
        {
            BsonType.Double => round(value.AsDouble),
            BsonType.Decimal128 => value.ToDecimal().RoundToWhole(rounding).ToRaw(),
            _ => value,
        };
}
