using Godwit.Bson;
using Godwit.Sandbox.Aggregation.Expressions;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Stages;

/// <summary><c>$bucket</c>: a group by the bounds between which a value lies, sorted by them.</summary>
internal static class BucketStage
{
    internal static Stage Parse(RawValue value, StageContext context)
    {
        if (value.Type != BsonType.Document)
        {
            throw new CommandException(
                40201,
                $"Argument to $bucket stage must be an object, but found type: {BsonTypeNames.NameOf(value.Type)}."
            );
        }

        var specification = value.AsDocument;
        foreach (var element in specification)
        {
            if (element.Name is not ("groupBy" or "boundaries" or "default" or "output"))
            {
                throw new CommandException(40197, $"Unrecognized option to $bucket: {element.Name}.");
            }
        }

        var groupBy = specification["groupBy"] is { IsMissing: false } by ? GroupBy(by, context) : null;
        var bounds = specification["boundaries"] is { IsMissing: false } list ? Bounds(list, context) : null;
        if (groupBy is null || bounds is null)
        {
            throw new CommandException(40198, "$bucket requires 'groupBy' and 'boundaries' to be specified.");
        }

        var otherwise = Default(specification["default"], bounds, context);
        var group = new GroupStage(
            Key(groupBy, bounds, otherwise, context.Comparer),
            Output(specification["output"], context),
            context
        );
        var sort = SortStage.Parse(new DocumentBuilder { { "_id", 1 } }, context);
        return new StreamStage(input => sort.Run(group.Run(input)));
    }

    /// <summary>Reads <c>output</c> of buckets; a count where it is left out.</summary>
    internal static IReadOnlyList<AccumulatorStatement> Output(RawValue output, StageContext context, int code = 40196)
    {
        if (output.IsMissing)
        {
            return [AccumulatorStatement.Counting("count")];
        }

        return output.Type == BsonType.Document
            ? [.. output.AsDocument.Select(field => AccumulatorStatement.Parse(field, context))]
            : throw new CommandException(
                code,
                $"The 'output' field must be an object, but found type: {BsonTypeNames.NameOf(output.Type)}."
            );
    }

    /// <summary>Whether a value stands for an expression and not for itself.</summary>
    internal static bool IsExpression(RawValue value) =>
        value.Type switch
        {
            BsonType.String => value.AsString.StartsWith('$'),
            BsonType.Document => value.AsDocument is { IsEmpty: false } document
                && document.First().Name.StartsWith('$'),
            _ => false,
        };

    private static Func<RawDocument, RawValue> GroupBy(RawValue value, StageContext context) =>
        IsExpression(value)
            ? context.Expression(value)
            : throw new CommandException(
                40202,
                $"The $bucket 'groupBy' field must be defined as a $-prefixed path or an expression, but found: {value}."
            );

    private static Func<RawDocument, RawValue> Key(
        Func<RawDocument, RawValue> groupBy,
        List<RawValue> bounds,
        RawValue otherwise,
        ValueComparer comparer
    ) =>
        document =>
        {
            var place = bounds.BinarySearch(groupBy(document), comparer);
            var bucket = place >= 0 ? place : ~place - 1;
            if (bucket >= 0 && bucket < bounds.Count - 1)
            {
                return bounds[bucket];
            }

            return otherwise.IsMissing
                ? throw new CommandException(
                    7158303,
                    "$switch could not find a matching branch for an input, and no default was specified."
                )
                : otherwise;
        };

    private static List<RawValue> Bounds(RawValue list, StageContext context)
    {
        if (list.Type != BsonType.Array)
        {
            throw new CommandException(
                40200,
                $"The $bucket 'boundaries' field must be an array, but found type: {BsonTypeNames.NameOf(list.Type)}."
            );
        }

        var bounds = new List<RawValue>();
        foreach (var item in list.AsDocument.Values())
        {
            bounds.Add(
                context.Parse(item) is ConstantExpression constant
                    ? constant.Value
                    : throw new CommandException(
                        40191,
                        $"The $bucket 'boundaries' field must be an array of constant values, but found value: {item}."
                    )
            );
        }

        if (bounds.Count < 2)
        {
            throw new CommandException(
                40192,
                $"The $bucket 'boundaries' field must have at least 2 values, but found {bounds.Count} value(s)."
            );
        }

        for (var i = 1; i < bounds.Count; i++)
        {
            CheckOrder(bounds[i - 1], bounds[i], i, context.Expressions.Order);
        }

        return bounds;
    }

    private static void CheckOrder(RawValue lower, RawValue upper, int index, IComparer<RawValue> order)
    {
        if (ValueComparer.CanonicalType(lower.Type) != ValueComparer.CanonicalType(upper.Type))
        {
            throw new CommandException(
                40193,
                $"All values in the the 'boundaries' option to $bucket must have the same type. Found conflicting types {BsonTypeNames.NameOf(lower.Type)} and {BsonTypeNames.NameOf(upper.Type)}."
            );
        }

        if (order.Compare(lower, upper) >= 0)
        {
            throw new CommandException(
                40194,
                $"The 'boundaries' option to $bucket must be sorted, but elements {index - 1} and {index} are not in ascending order ({lower} is not less than {upper})."
            );
        }
    }

    private static RawValue Default(RawValue value, List<RawValue> bounds, StageContext context)
    {
        if (value.IsMissing)
        {
            return default;
        }

        if (context.Parse(value) is not ConstantExpression constant)
        {
            throw new CommandException(
                40195,
                $"The $bucket 'default' field must be a constant expression, but found: {value}."
            );
        }

        var isOutside =
            context.Expressions.Order.Compare(constant.Value, bounds[0]) < 0
            || context.Expressions.Order.Compare(constant.Value, bounds[^1]) >= 0;
        return isOutside
            ? constant.Value
            : throw new CommandException(
                40199,
                "The $bucket 'default' field must be less than the lowest boundary or greater than or equal to the highest boundary."
            );
    }
}
