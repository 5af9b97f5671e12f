using Godwit.Bson;
using Godwit.Sandbox.Aggregation.Expressions;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Windows;

/// <summary><c>$linearFill</c>: what is missing between two values lies on the line between them.</summary>
internal static class LinearFill
{
    internal static WindowFunction Of(Func<RawDocument, RawValue> input) =>
        partition =>
        {
            var values = partition.Documents.Select(document => WindowFunctions.OrNull(input(document))).ToArray();
            var last = -1;
            for (var i = 0; i < values.Length; i++)
            {
                if (values[i].IsNullish)
                {
                    continue;
                }

                if (!values[i].IsNumber)
                {
                    throw new CommandException(
                        605001,
                        $"Value to be filled must be numeric or nullish, but found type: {BsonTypeNames.NameOf(values[i].Type)}"
                    );
                }

                Fill(partition, values, last, i);
                last = i;
            }

            return values;
        };

    private static void Fill(WindowPartition partition, RawValue[] values, int from, int to)
    {
        if (from < 0 || to - from < 2)
        {
            return;
        }

        var (start, end) = (Position(partition, from), Position(partition, to));
        var (low, high) = (values[from].ToDouble(), values[to].ToDouble());
        for (var i = from + 1; i < to; i++)
        {
            values[i] = low + ((high - low) * (Position(partition, i) - start) / (end - start));
        }
    }

    internal static double Position(WindowPartition partition, int index)
    {
        var value = partition.SortValue(index);
        return value.Type == BsonType.DateTime ? value.AsDateTimeMilliseconds
            : value.IsNumber ? value.ToDouble()
            : throw new CommandException(
                605002,
                $"'sortBy' value must be numeric or a date, but found type: {BsonTypeNames.NameOf(value.Type)}"
            );
    }
}
