using Godwit.Bson;
using Godwit.Sandbox.Aggregation.Accumulators;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary>Accumulators used as expressions: over a list of arguments, or over the one array given.</summary>
internal static class AccumulatorOperators
{
    internal static void Register(OperatorTable table)
    {
        Over(table, "$sum", _ => new SumAccumulator());
        Over(table, "$avg", _ => new AverageAccumulator());
        Over(table, "$min", context => new ExtremeAccumulator(context.Comparer, -1));
        Over(table, "$max", context => new ExtremeAccumulator(context.Comparer, 1));
        Over(table, "$stdDevPop", _ => new StandardDeviationAccumulator(isSample: false));
        Over(table, "$stdDevSamp", _ => new StandardDeviationAccumulator(isSample: true));
        Over(table, "$mergeObjects", _ => new MergeAccumulator());
        Counted(table, "$firstN", Kept.First);
        Counted(table, "$lastN", Kept.Last);
        Counted(table, "$minN", Kept.Smallest);
        Counted(table, "$maxN", Kept.Largest);
        table.Add("$median", ParsePercentile);
        table.Add("$percentile", ParsePercentile);
    }

    private static void Over(OperatorTable table, string name, Func<ExpressionContext, Accumulator> create) =>
        table.Variadic(
            name,
            (values, context) =>
            {
                var items =
                    values.Length == 1 && values[0].Type == BsonType.Array ? values[0].AsDocument.Values() : values;
                var accumulator = create(context);
                foreach (var item in items)
                {
                    accumulator.Add(item);
                }

                return accumulator.Value;
            }
        );

    private static void Counted(OperatorTable table, string name, Kept kept) =>
        table.Add(
            name,
            (_, argument, context) =>
            {
                var named = NamedArguments.Read(name, argument, context, (5787801, 5787901), "input", "n");
                var count = named.Required("n", 5787906);
                var input = named.Required("input", 5787907);
                return new RuntimeOperatorExpression(
                    (values, _) => TakeSome(values[0], values[1], kept, context),
                    [input, count],
                    context
                );
            }
        );

    private static RawValue TakeSome(RawValue input, RawValue count, Kept kept, ExpressionContext context)
    {
        var accumulator = new CountedAccumulator(kept, CountedAccumulator.ReadCount(count), context.Comparer);
        if (input.Type != BsonType.Array)
        {
            throw new CommandException(5788200, "Input must be an array");
        }

        foreach (var item in input.AsDocument.Values())
        {
            accumulator.Add(item);
        }

        return accumulator.Value;
    }

    private static OperatorExpression ParsePercentile(string name, RawValue argument, ExpressionContext context)
    {
        var (percentiles, input) = PercentileArguments.Parse(name, argument, context);
        return new(
            (values, _) =>
            {
                var accumulator = new PercentileAccumulator(percentiles, name == "$median");
                foreach (
                    var item in values[0].Type == BsonType.Array ? values[0].AsDocument.Values() : values.AsEnumerable()
                )
                {
                    accumulator.Add(item);
                }

                return accumulator.Value;
            },
            [input],
            context
        );
    }
}
