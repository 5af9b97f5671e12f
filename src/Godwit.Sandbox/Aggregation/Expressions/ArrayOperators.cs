using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary>Operators on arrays that keep them lists; sets are in <see cref="SetOperators"/>.</summary>
internal static class ArrayOperators
{
    internal static void Register(OperatorTable table)
    {
        table.Unary("$isArray", value => value.Type == BsonType.Array);
        table.Unary("$size", Size);
        table.Unary("$reverseArray", Reverse);
        table.Unary("$first", value => ElementAt("$first's argument", value, 0));
        table.Unary("$last", value => ElementAt("$last's argument", value, -1));
        table.Fixed("$arrayElemAt", 2, (arguments, _) => ElementAt(arguments[0], arguments[1]));
        table.Variadic("$concatArrays", (arguments, _) => Concat(arguments));
        table.Fixed("$in", 2, (arguments, context) => In(arguments[0], arguments[1], context));
        table.Ranged("$indexOfArray", 2, 4, IndexOf);
        table.Ranged("$slice", 2, 3, (arguments, _) => Slice(arguments));
        table.Ranged("$range", 2, 3, (arguments, _) => Range(arguments));
        ArrayObjectOperators.Register(table);
        ZipOperator.Register(table);
        SortArrayOperator.Register(table);
        SetOperators.Register(table);
    }

    /// <summary>The optional start and end of a search: whole and not negative.</summary>
    internal static int Bound(string name, RawValue value, string what)
    {
        var whole =
            value.ToWholeInt32()
            ?? throw new CommandException(
                40096,
                $"{name} requires an integral {what}, found a value of type: {BsonTypeNames.NameOf(value.Type)}, with value: {value}"
            );
        return whole >= 0
            ? whole
            : throw new CommandException(40097, $"{name} requires a nonnegative {what}, found: {whole}");
    }

    private static RawValue Size(RawValue value) =>
        value.Type == BsonType.Array
            ? value.AsDocument.Count()
            : throw new CommandException(
                17124,
                $"The argument to $size must be an array, but was of type: {BsonTypeNames.NameOf(value.Type)}"
            );

    private static RawValue Reverse(RawValue value)
    {
        if (value.IsNullish)
        {
            return RawValue.Null;
        }

        return value.Type == BsonType.Array
            ? RawValue.Array(value.AsDocument.Values().Reverse())
            : throw new CommandException(
                34435,
                $"The argument to $reverseArray must be an array, but was of type: {BsonTypeNames.NameOf(value.Type)}"
            );
    }

    private static RawValue ElementAt(RawValue array, RawValue index)
    {
        if (array.IsNullish || index.IsNullish)
        {
            return RawValue.Null;
        }

        if (array.Type != BsonType.Array)
        {
            return ElementAt("$arrayElemAt's first argument", array, 0);
        }

        if (!index.IsNumber)
        {
            throw new CommandException(
                28690,
                $"$arrayElemAt's second argument must be a numeric value, but is {BsonTypeNames.NameOf(index.Type)}"
            );
        }

        return ElementAt(
            "$arrayElemAt's first argument",
            array,
            index.ToWholeInt32()
                ?? throw new CommandException(
                    28691,
                    $"$arrayElemAt's second argument must be representable as a 32-bit integer: {Numbers.Describe(index.ToDouble())}"
                )
        );
    }

    private static RawValue ElementAt(string what, RawValue array, int index)
    {
        if (array.IsNullish)
        {
            return RawValue.Null;
        }

        if (array.Type != BsonType.Array)
        {
            throw new CommandException(28689, $"{what} must be an array, but is {BsonTypeNames.NameOf(array.Type)}");
        }

        return index >= 0
            ? array.AsDocument.Values().ElementAtOrDefault(index)
            : array.AsDocument.Values().ElementAtOrDefault(array.AsDocument.Count() + index);
    }

    private static RawValue Concat(RawValue[] arguments)
    {
        var builder = new ArrayBuilder();
        foreach (var argument in arguments)
        {
            if (argument.IsNullish)
            {
                return RawValue.Null;
            }

            if (argument.Type != BsonType.Array)
            {
                throw new CommandException(
                    28664,
                    $"$concatArrays only supports arrays, not {BsonTypeNames.NameOf(argument.Type)}"
                );
            }

            foreach (var element in argument.AsDocument)
            {
                builder.Add(element.Value);
            }
        }

        return builder.Build();
    }

    private static RawValue In(RawValue value, RawValue array, ExpressionContext context) =>
        array.Type == BsonType.Array
            ? array.AsDocument.Values().Any(item => context.Comparer.Equals(item, value))
            : throw new CommandException(
                40081,
                $"$in requires an array as a second argument, found: {BsonTypeNames.NameOf(array.Type)}"
            );

    private static RawValue IndexOf(RawValue[] arguments, ExpressionContext context)
    {
        if (arguments[0].IsNullish)
        {
            return RawValue.Null;
        }

        if (arguments[0].Type != BsonType.Array)
        {
            throw new CommandException(
                40090,
                $"$indexOfArray requires an array as a first argument, found: {BsonTypeNames.NameOf(arguments[0].Type)}"
            );
        }

        var start = arguments.Length > 2 ? Bound("$indexOfArray", arguments[2], "starting index") : 0;
        var end = arguments.Length > 3 ? Bound("$indexOfArray", arguments[3], "ending index") : int.MaxValue;
        var index = 0;
        foreach (var element in arguments[0].AsDocument)
        {
            if (index >= start && index < end && context.Comparer.Equals(element.Value, arguments[1]))
            {
                return index;
            }

            index++;
        }

        return -1;
    }

    private static RawValue Slice(RawValue[] arguments)
    {
        if (arguments[0].IsNullish || arguments[1].IsNullish)
        {
            return RawValue.Null;
        }

        if (arguments[0].Type != BsonType.Array)
        {
            throw new CommandException(
                28724,
                $"First argument to $slice must be an array, but is of type: {BsonTypeNames.NameOf(arguments[0].Type)}"
            );
        }

        var values = arguments[0].AsDocument.Values().ToList();
        var first = SliceBound(arguments[1], "Second", 28725, 28726);
        if (arguments.Length == 2)
        {
            return RawValue.Array(
                first >= 0 ? values.Take(first) : values.Skip((int)Math.Max(0L, (long)values.Count + first))
            );
        }

        if (arguments[2].IsNullish)
        {
            return RawValue.Null;
        }

        var count = SliceBound(arguments[2], "Third", 28727, 28728);
        if (count <= 0)
        {
            throw new CommandException(28729, $"Third argument to $slice must be positive: {count}");
        }

        return RawValue.Array(
            values.Skip((int)(first < 0 ? Math.Max(0L, (long)values.Count + first) : first)).Take(count)
        );
    }

    private static int SliceBound(RawValue value, string which, int notNumber, int notWhole)
    {
        if (!value.IsNumber)
        {
            throw new CommandException(
                notNumber,
                $"{which} argument to $slice must be a numeric value, but is of type: {BsonTypeNames.NameOf(value.Type)}"
            );
        }

        return value.ToWholeInt32()
            ?? throw new CommandException(
                notWhole,
                $"{which} argument to $slice can't be represented as a 32-bit integer: {Numbers.Describe(value.ToDouble())}"
            );
    }

    private static RawValue Range(RawValue[] arguments)
    {
        var start = RangeBound(arguments[0], "a numeric starting value", "a starting value", 34443);
        var end = RangeBound(arguments[1], "a numeric ending value", "an ending value", 34445);
        var step = arguments.Length > 2 ? RangeBound(arguments[2], "a numeric step value", "a step value", 34447) : 1;
        if (step == 0)
        {
            throw new CommandException(34449, "$range requires a non-zero step value");
        }

        var builder = new ArrayBuilder();
        for (long value = start; step > 0 ? value < end : value > end; value += step)
        {
            builder.Add((int)value);
            if (builder.Length > 100 * 1024 * 1024)
            {
                throw new CommandException(
                    ErrorCode.ExceededMemoryLimit,
                    "$range would use too much memory and cannot spill to disk."
                );
            }
        }

        return builder.Build();
    }

    private static int RangeBound(RawValue value, string number, string whole, int code)
    {
        if (!value.IsNumber)
        {
            throw new CommandException(
                code,
                $"$range requires {number}, found value of type: {BsonTypeNames.NameOf(value.Type)}"
            );
        }

        return value.ToWholeInt32()
            ?? throw new CommandException(
                code + 1,
                $"$range requires {whole} that can be represented as a 32-bit integer, found value: {value}"
            );
    }
}
