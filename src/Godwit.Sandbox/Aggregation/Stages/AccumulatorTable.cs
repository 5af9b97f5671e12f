using System.Collections.Frozen;
using Godwit.Bson;
using Godwit.Sandbox.Aggregation.Accumulators;
using Godwit.Sandbox.Aggregation.Expressions;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Query;

namespace Godwit.Sandbox.Aggregation.Stages;

/// <summary>The accumulators of groups by name.</summary>
internal static class AccumulatorTable
{
    private delegate AccumulatorStatement StatementParser(string field, RawElement form, StageContext context);

    private static readonly FrozenDictionary<string, StatementParser> Parsers = new Dictionary<string, StatementParser>(
        StringComparer.Ordinal
    )
    {
        ["$addToSet"] = Unary(context => new SetAccumulator(context.Comparer)),
        ["$avg"] = Unary(_ => new AverageAccumulator()),
        ["$bottom"] = (field, form, context) => Ordered(field, form, context, isTop: false, isSingle: true),
        ["$bottomN"] = (field, form, context) => Ordered(field, form, context, isTop: false, isSingle: false),
        ["$count"] = Count,
        ["$first"] = Unary(_ => new FirstAccumulator()),
        ["$firstN"] = (field, form, context) => Counted(field, form, context, Kept.First),
        ["$last"] = Unary(_ => new LastAccumulator()),
        ["$lastN"] = (field, form, context) => Counted(field, form, context, Kept.Last),
        ["$max"] = Unary(context => new ExtremeAccumulator(context.Comparer, 1)),
        ["$maxN"] = (field, form, context) => Counted(field, form, context, Kept.Largest),
        ["$median"] = Percentile,
        ["$mergeObjects"] = Unary(_ => new MergeAccumulator()),
        ["$min"] = Unary(context => new ExtremeAccumulator(context.Comparer, -1)),
        ["$minN"] = (field, form, context) => Counted(field, form, context, Kept.Smallest),
        ["$percentile"] = Percentile,
        ["$push"] = Unary(_ => new PushAccumulator()),
        ["$stdDevPop"] = Unary(_ => new StandardDeviationAccumulator(isSample: false)),
        ["$stdDevSamp"] = Unary(_ => new StandardDeviationAccumulator(isSample: true)),
        ["$sum"] = Unary(_ => new SumAccumulator()),
        ["$top"] = (field, form, context) => Ordered(field, form, context, isTop: true, isSingle: true),
        ["$topN"] = (field, form, context) => Ordered(field, form, context, isTop: true, isSingle: false),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Whether a name is that of an accumulator.</summary>
    internal static bool Has(string name) => Parsers.ContainsKey(name);

    /// <summary>Reads <c>$operator: …</c>.</summary>
    internal static AccumulatorStatement Parse(string field, RawElement form, StageContext context) =>
        Parsers.TryGetValue(form.Name, out var parse) && context.Command.Member.Profile.Version.Knows(form.Name)
            ? parse(field, form, context)
            : throw new CommandException(15952, $"unknown group operator '{form.Name}'");

    private static StatementParser Unary(Func<ExpressionContext, Accumulator> create) =>
        (field, form, context) =>
        {
            if (form.Type == BsonType.Array)
            {
                throw new CommandException(40237, $"The {form.Name} accumulator is a unary operator");
            }

            var argument = context.Expression(form.Value);
            return new(
                field,
                _ => create(context.Expressions),
                (accumulator, document) => accumulator.Add(argument(document))
            );
        };

    private static AccumulatorStatement Count(string field, RawElement form, StageContext context) =>
        form.Type == BsonType.Document && form.Value.AsDocument.IsEmpty
            ? AccumulatorStatement.Counting(field)
            : throw new CommandException(ErrorCode.TypeMismatch, "$count takes no arguments, i.e. $count:{}");

    private static AccumulatorStatement Counted(string field, RawElement form, StageContext context, Kept kept)
    {
        if (form.Type != BsonType.Document)
        {
            throw new CommandException(5787801, $"specification must be an object; found {form}");
        }

        var (count, input) = (default(RawValue), default(RawValue));
        foreach (var element in form.Value.AsDocument)
        {
            switch (element.Name)
            {
                case "n":
                    count = element.Value;
                    break;
                case "input":
                    input = element.Value;
                    break;
                default:
                    throw new CommandException(5787901, $"Unknown argument for 'n' operator: {element.Name}");
            }
        }

        var counter = Required(count, context, 5787906, "Missing value for 'n'");
        var argument = Required(input, context, 5787907, "Missing value for 'input'");
        return new(
            field,
            key => new CountedAccumulator(kept, CountedAccumulator.ReadCount(counter(key)), context.Comparer),
            (accumulator, document) => accumulator.Add(argument(document))
        );
    }

    private static AccumulatorStatement Ordered(
        string field,
        RawElement form,
        StageContext context,
        bool isTop,
        bool isSingle
    )
    {
        if (form.Type != BsonType.Document)
        {
            throw new CommandException(5788001, $"specification must be an object; found {form}");
        }

        var specification = form.Value.AsDocument;
        foreach (var element in specification)
        {
            if (element.Name is not ("output" or "sortBy") && !(element.NameIs("n") && !isSingle))
            {
                throw new CommandException(5788002, $"Unknown argument to {form.Name} '{element.Name}'");
            }
        }

        var counter = isSingle ? _ => 1 : Required(specification["n"], context, 5788003, "Missing value for 'n'");
        var output = Required(specification["output"], context, 5788004, "Missing value for 'output'");
        var order = specification["sortBy"] switch
        {
            { Type: BsonType.Document } sort => SortPattern.Parse(sort.AsDocument, context.Collation),
            { IsMissing: true } => throw new CommandException(5788005, "Missing value for 'sortBy'"),
            _ => throw new CommandException(5788604, "expected 'sortBy' to already be an object"),
        };
        return new(
            field,
            key => new TopAccumulator(order, CountedAccumulator.ReadCount(counter(key)), isTop, isSingle),
            (accumulator, document) => ((TopAccumulator)accumulator).Add(document, output(document))
        );
    }

    private static AccumulatorStatement Percentile(string field, RawElement form, StageContext context)
    {
        var (percentiles, input) = PercentileArguments.Parse(form.Name, form.Value, context.Expressions);
        var isMedian = form.NameIs("$median");
        var argument = context.Evaluator(input);
        return new(
            field,
            _ => new PercentileAccumulator(percentiles, isMedian),
            (accumulator, document) => accumulator.Add(argument(document))
        );
    }

    private static Func<RawDocument, RawValue> Required(
        RawValue expression,
        StageContext context,
        int code,
        string message
    ) => expression.IsMissing ? throw new CommandException(code, message) : context.Expression(expression);
}
