using Godwit.Bson;
using Godwit.Sandbox.Aggregation.Expressions;
using Godwit.Sandbox.Aggregation.Stages;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Windows;

/// <summary><c>$derivative</c> and <c>$integral</c> over a window, by what it is sorted by.</summary>
internal static class Slopes
{
    internal static WindowFunction Parse(RawElement form, WindowBounds bounds, StageContext context)
    {
        if (form.Type != BsonType.Document || !form.Value.AsDocument.Has("input"))
        {
            throw WindowFunctions.Failed($"{form.Name} requires an 'input' expression");
        }

        var input = context.Expression(form.Value.AsDocument["input"]);
        var scale = Milliseconds(form.Value.AsDocument["unit"], form.Name);
        var isDerivative = form.NameIs("$derivative");
        return partition =>
            Enumerable
                .Range(0, partition.Documents.Count)
                .Select(i =>
                {
                    var (from, to) = bounds.Of(partition, i);
                    return isDerivative
                        ? Derivative(partition, input, from, to, scale)
                        : Integral(partition, input, from, to, scale);
                });
    }

    private static RawValue Derivative(
        WindowPartition partition,
        Func<RawDocument, RawValue> input,
        int from,
        int to,
        double scale
    )
    {
        if (to - from < 2)
        {
            return RawValue.Null;
        }

        var run = (LinearFill.Position(partition, to - 1) - LinearFill.Position(partition, from)) / scale;
        var (first, last) = (input(partition.Documents[from]), input(partition.Documents[to - 1]));
        return run == 0 || !first.IsNumber || !last.IsNumber
            ? RawValue.Null
            : (last.ToDouble() - first.ToDouble()) / run;
    }

    private static RawValue Integral(
        WindowPartition partition,
        Func<RawDocument, RawValue> input,
        int from,
        int to,
        double scale
    )
    {
        var sum = 0.0;
        for (var i = from + 1; i < to; i++)
        {
            var (left, right) = (input(partition.Documents[i - 1]), input(partition.Documents[i]));
            if (left.IsNumber && right.IsNumber)
            {
                var width = (LinearFill.Position(partition, i) - LinearFill.Position(partition, i - 1)) / scale;
                sum += (left.ToDouble() + right.ToDouble()) / 2 * width;
            }
        }

        return from < to ? sum : RawValue.Null;
    }

    private static double Milliseconds(RawValue unit, string name)
    {
        if (unit.IsMissing)
        {
            return 1;
        }

        return DateUnits.Parse(name, unit, ((int)ErrorCode.FailedToParse, ErrorCode.FailedToParse)) switch
        {
            DateUnit.Week => 7 * 86_400_000.0,
            DateUnit.Day => 86_400_000.0,
            DateUnit.Hour => 3_600_000.0,
            DateUnit.Minute => 60_000.0,
            DateUnit.Second => 1000.0,
            DateUnit.Millisecond => 1,
            _ => throw new CommandException(5490704, "unit must be 'week' or smaller"),
        };
    }
}
