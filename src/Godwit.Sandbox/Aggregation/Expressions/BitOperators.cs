using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary><c>$bitAnd</c>, <c>$bitOr</c>, <c>$bitXor</c> and <c>$bitNot</c> on integers.</summary>
internal static class BitOperators
{
    internal static void Register(OperatorTable table)
    {
        table.Variadic("$bitAnd", (arguments, _) => Fold("$bitAnd", arguments, -1, (a, b) => a & b));
        table.Variadic("$bitOr", (arguments, _) => Fold("$bitOr", arguments, 0, (a, b) => a | b));
        table.Variadic("$bitXor", (arguments, _) => Fold("$bitXor", arguments, 0, (a, b) => a ^ b));
        table.Unary("$bitNot", value => ArithmeticOperators.Numeric("$bitNot", value, Not));
    }

    private static RawValue Fold(string name, RawValue[] values, long start, Func<long, long, long> operation)
    {
        var (result, type) = (start, BsonType.Int32);
        foreach (var value in values)
        {
            if (value.IsNullish)
            {
                return RawValue.Null;
            }

            if (!value.IsInteger())
            {
                throw new CommandException(ErrorCode.TypeMismatch, $"{name} only supports int and long operands.");
            }

            result = operation(result, value.Integer());
            type = Numbers.Widest(type, value.Type);
        }

        return type == BsonType.Int64 ? RawValue.Int64(result) : RawValue.Int32((int)result);
    }

    private static RawValue Not(RawValue value) =>
        value.Type switch
        {
            BsonType.Int32 => RawValue.Int32(~value.AsInt32),
            BsonType.Int64 => RawValue.Int64(~value.AsInt64),
            _ => throw new CommandException(
                ErrorCode.TypeMismatch,
                $"$bitNot only supports int and long, not: {BsonTypeNames.NameOf(value.Type)}."
            ),
        };
}
