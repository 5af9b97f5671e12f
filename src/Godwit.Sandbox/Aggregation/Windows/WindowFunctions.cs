using Godwit.Bson;
using Godwit.Sandbox.Aggregation.Expressions;
using Godwit.Sandbox.Aggregation.Stages;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Query;

namespace Godwit.Sandbox.Aggregation.Windows;

/// <summary>Reads the functions of <c>$setWindowFields</c>.</summary>
internal static class WindowFunctions
{
    internal static WindowFunction Parse(RawElement output, SortPattern? order, StageContext context)
    {
        if (output.Type != BsonType.Document)
        {
            throw Failed($"The field '{output.Name}' must be a window function object");
        }

        var (form, window) = (default(RawElement), default(RawValue));
        foreach (var element in output.Value.AsDocument)
        {
            if (element.NameIs("window"))
            {
                window = element.Value;
            }
            else if (form.Bytes.IsEmpty && element.Name.StartsWith('$'))
            {
                form = element;
            }
            else
            {
                throw Failed($"Expected a $-prefixed window function, {element.Name}");
            }
        }

        if (form.Bytes.IsEmpty)
        {
            throw Failed("Expected a $-prefixed window function");
        }

        if (AccumulatorTable.Has(form.Name))
        {
            var statement = AccumulatorTable.Parse(output.Name, form, context);
            return Accumulated(statement, WindowBounds.Parse(window, order));
        }

        return window.IsMissing || form.Name is "$covariancePop" or "$covarianceSamp" or "$derivative" or "$integral"
            ? Special(form, window, order, context)
            : throw Failed($"{form.Name} does not accept a 'window' field");
    }

    private static WindowFunction Special(RawElement form, RawValue window, SortPattern? order, StageContext context) =>
        form.Name switch
        {
            "$rank" => Ranking.Rank(Sorted(form, order)),
            "$denseRank" => Ranking.DenseRank(Sorted(form, order)),
            "$documentNumber" => Ranking.Number(Sorted(form, order)),
            "$shift" => Shift(Sorted(form, order), context),
            "$expMovingAvg" => MovingAverage.Parse(Sorted(form, order), context),
            "$locf" => Locf(context.Expression(form.Value)),
            "$linearFill" => LinearFill.Of(context.Expression(Sorted(form, order).Value)),
            "$covariancePop" or "$covarianceSamp" => Covariance(form, WindowBounds.Parse(window, order), context),
            "$derivative" or "$integral" => Slopes.Parse(
                Sorted(form, order),
                WindowBounds.Parse(window, order),
                context
            ),
            _ => throw Failed($"Unrecognized window function, {form.Name}"),
        };

    private static RawElement Sorted(RawElement form, SortPattern? order) =>
        order is not null
            ? form
            : throw new CommandException(5371602, $"{form.Name} must be specified with a top level sortBy expression");

    /// <summary>An accumulator over each window. Where all begin at the start, one goes along.</summary>
    private static WindowFunction Accumulated(AccumulatorStatement statement, WindowBounds bounds) =>
        partition => Accumulate(partition, statement, bounds);

    private static IEnumerable<RawValue> Accumulate(
        WindowPartition partition,
        AccumulatorStatement statement,
        WindowBounds bounds
    )
    {
        var (accumulator, taken) = (statement.Start(RawDocument.Empty), 0);
        for (var i = 0; i < partition.Documents.Count; i++)
        {
            var (from, to) = bounds.Of(partition, i);
            if (!bounds.BeginsAtStart)
            {
                (accumulator, taken) = (statement.Start(RawDocument.Empty), from);
            }

            for (; taken < to; taken++)
            {
                statement.Feed(accumulator, partition.Documents[taken]);
            }

            yield return accumulator.Value is { IsMissing: false } value ? value : RawValue.Null;
        }
    }

    private static WindowFunction Shift(RawElement form, StageContext context)
    {
        if (form.Type != BsonType.Document)
        {
            throw Failed("Argument to $shift must be an object");
        }

        var specification = form.Value.AsDocument;
        var output = context.Expression(specification["output"]);
        var by = specification["by"].ToWholeInt32() ?? throw Failed("'$shift:by' field must be an integer");
        var otherwise = specification["default"] is { IsMissing: false } given
            ? context.Expression(given)(RawDocument.Empty)
            : RawValue.Null;
        return partition =>
            Enumerable
                .Range(0, partition.Documents.Count)
                .Select(i => i + (long)by)
                .Select(i =>
                    i < 0 || i >= partition.Documents.Count ? otherwise : OrNull(output(partition.Documents[(int)i]))
                );
    }

    private static WindowFunction Locf(Func<RawDocument, RawValue> input) =>
        partition =>
        {
            var last = RawValue.Null;
            return partition.Documents.Select(document =>
                last = OrNull(input(document)) is { IsNullish: false } held ? held : last
            );
        };

    private static WindowFunction Covariance(RawElement form, WindowBounds bounds, StageContext context)
    {
        if (form.Type != BsonType.Array || form.Value.AsDocument.Count() != 2)
        {
            throw Failed($"{form.Name} must have exactly two arguments");
        }

        var left = context.Expression(form.Value.AsDocument["0"]);
        var right = context.Expression(form.Value.AsDocument["1"]);
        var isSample = form.NameIs("$covarianceSamp");
        return partition =>
            Enumerable
                .Range(0, partition.Documents.Count)
                .Select(i =>
                {
                    var (from, to) = bounds.Of(partition, i);
                    var pairs = Enumerable
                        .Range(from, to - from)
                        .Select(place => (X: left(partition.Documents[place]), Y: right(partition.Documents[place])))
                        .Where(pair => pair is { X.IsNumber: true, Y.IsNumber: true })
                        .Select(pair => (X: pair.X.ToDouble(), Y: pair.Y.ToDouble()))
                        .ToList();
                    var divisor = isSample ? pairs.Count - 1 : pairs.Count;
                    if (divisor <= 0)
                    {
                        return RawValue.Null;
                    }

                    var (meanX, meanY) = (pairs.Average(pair => pair.X), pairs.Average(pair => pair.Y));
                    return pairs.Sum(pair => (pair.X - meanX) * (pair.Y - meanY)) / divisor;
                });
    }

    internal static RawValue OrNull(RawValue value) => value.IsMissing ? RawValue.Null : value;

    internal static CommandException Failed(string message) => new(ErrorCode.FailedToParse, message);
}
