using Godwit.Bson;
using Godwit.Sandbox.Aggregation.Accumulators;
using Godwit.Sandbox.Aggregation.Expressions;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Stages;

/// <summary><c>$densify</c>: documents for the values of a field that are left out between others.</summary>
internal sealed class DensifyStage : Stage
{
    private const int GeneratedMax = 500_000;
    private readonly string[] field;
    private readonly List<string[]> partitionBy;
    private readonly RawValue step;
    private readonly DateUnit? unit;
    private readonly RawValue bounds;
    private readonly IComparer<RawValue> order;

    private DensifyStage(RawDocument specification, StageContext context)
    {
        var range = specification["range"] is { Type: BsonType.Document } given
            ? given.AsDocument
            : throw Commands.CommandErrors.MissingField("$densify", "range");
        field = FieldNames.SplitPath(
            specification["field"] is { Type: BsonType.String } name
                ? name.AsString
                : throw Commands.CommandErrors.MissingField("$densify", "field")
        );
        partitionBy = specification["partitionByFields"] is { Type: BsonType.Array } fields
            ? [.. fields.AsDocument.Values().Select(path => FieldNames.SplitPath(path.AsString))]
            : [];
        step = range["step"];
        unit = range.Has("unit")
            ? DateUnits.Parse("$densify", range["unit"], ((int)ErrorCode.FailedToParse, ErrorCode.FailedToParse))
            : null;
        bounds = range["bounds"];
        order = context.Expressions.Order;
        Check();
    }

    internal static Stage Parse(RawValue value, StageContext context) =>
        value.Type == BsonType.Document
            ? new DensifyStage(value.AsDocument, context)
            : throw new CommandException(
                ErrorCode.FailedToParse,
                $"The $densify stage specification must be an object, found {BsonTypeNames.NameOf(value.Type)}"
            );

    /// <inheritdoc/>
    internal override IEnumerable<RawDocument> Run(IEnumerable<RawDocument> input)
    {
        var partitions = input
            .GroupBy(document => (RawValue)RawValue.Array(partitionBy.Select(path => NestedFields.Get(document, path))))
            .Select(group => group.OrderBy(document => NestedFields.Get(document, field), order).ToList())
            .ToList();
        var values = partitions.SelectMany(part => part.Select(Value).Where(value => !value.IsNullish)).ToList();
        if (values.Count == 0)
        {
            return partitions.SelectMany(part => part);
        }

        var (low, high) = (values.Min(order), values.Max(order));
        return partitions.SelectMany(part => Dense(part, low, high));
    }

    private IEnumerable<RawDocument> Dense(List<RawDocument> partition, RawValue low, RawValue high)
    {
        var isPartition = bounds is { Type: BsonType.String, AsString: "partition" };
        var isExplicit = bounds.Type == BsonType.Array;
        var own = partition.Select(Value).Where(value => !value.IsNullish).ToList();
        var next =
            isExplicit ? bounds.AsDocument["0"]
            : isPartition && own.Count > 0 ? own[0]
            : low;
        var end =
            isExplicit ? bounds.AsDocument["1"]
            : isPartition && own.Count > 0 ? own[^1]
            : high;
        var (generated, steps) = (0, 0L);
        var start = next;
        foreach (var document in partition)
        {
            var value = Value(document);
            while (!value.IsNullish && order.Compare(next, value) < 0 && IsWithin(next, end, isExplicit))
            {
                yield return Made(partition[0], next, ref generated);
                next = Step(start, ++steps);
            }

            if (!value.IsNullish && order.Compare(next, value) == 0)
            {
                next = Step(start, ++steps);
            }

            yield return document;
        }

        while (IsWithin(next, end, isExplicit))
        {
            yield return Made(partition[0], next, ref generated);
            next = Step(start, ++steps);
        }
    }

    private bool IsWithin(RawValue value, RawValue end, bool isOpen) =>
        isOpen ? order.Compare(value, end) < 0 : order.Compare(value, end) <= 0;

    private RawDocument Made(RawDocument like, RawValue value, ref int generated)
    {
        if (++generated > GeneratedMax)
        {
            throw new CommandException(
                5897900,
                $"Generated {generated} documents in $densify, which is over the limit of {GeneratedMax}. Increase the 'internalQueryMaxAllowedDensifyDocs' parameter to allow more generated documents"
            );
        }

        var document = RawDocument.Empty;
        foreach (var path in partitionBy)
        {
            document = NestedFields.Set(document, path, NestedFields.Get(like, path));
        }

        return NestedFields.Set(document, field, value);
    }

    private RawValue Value(RawDocument document)
    {
        var value = NestedFields.Get(document, field);
        return value.IsNullish || (unit is null ? value.IsNumber : value.Type == BsonType.DateTime)
            ? value
            : throw new CommandException(
                unit is null ? 5733201 : 6053600,
                "Densify field type must be numeric with no unit, or a date with a unit specified"
            );
    }

    private RawValue Step(RawValue start, long count)
    {
        if (unit is { } dates)
        {
            return RawValue.DateTime(
                DateUnits.Add(start.AsDateTimeMilliseconds, dates, (step.ToInt64() ?? 1) * count, Zone.Utc)
            );
        }

        var sum = new ExactSum();
        sum.Add(start);
        sum.Add(
            step.IsInteger() ? Numbers.IntOrLong(step.Integer() * count)
            : step.Type == BsonType.Double ? step.AsDouble * count
            : step.ToDecimal().Multiply(Decimal128.FromInt64(count)).ToRaw()
        );
        return sum.Value;
    }

    private void Check()
    {
        if (!step.IsNumber || ValueComparer.Compare(step, 0) <= 0)
        {
            throw new CommandException(
                5733401,
                "The step parameter in a range statement must be a strictly positive numeric value"
            );
        }

        if (unit is not null && step.ToWholeInt32() is null)
        {
            throw new CommandException(
                6586400,
                "The step parameter in a range statement must be a whole number when densifying a date range"
            );
        }

        switch (bounds.Type)
        {
            case BsonType.String when bounds.AsString is "full":
                break;
            case BsonType.String when bounds.AsString is "partition":
                if (partitionBy.Count == 0)
                {
                    throw new CommandException(
                        5733408,
                        "One cannot specify the bounds as 'partition' without specifying a non-empty array of partitionByFields. You may have meant to specify 'full' bounds."
                    );
                }

                break;
            case BsonType.String:
                throw new CommandException(5946802, "Bounds string must either be 'full' or 'partition'");
            case BsonType.Array:
                CheckPair([.. bounds.AsDocument.Values()]);
                break;
            default:
                throw new CommandException(
                    5733404,
                    "The bounds in a range statement must be the string 'full', 'partition', or an ascending array of two numbers or two dates"
                );
        }
    }

    private void CheckPair(RawValue[] pair)
    {
        if (pair.Length != 2)
        {
            throw new CommandException(5733403, "A bounding array in a range statement must have exactly two elements");
        }

        var isDates = Array.TrueForAll(pair, bound => bound.Type == BsonType.DateTime);
        if (!isDates && !Array.TrueForAll(pair, bound => bound.IsNumber))
        {
            throw new CommandException(
                5733406,
                "A bounding array must contain either both dates or both numeric types"
            );
        }

        if (ValueComparer.Compare(pair[0], pair[1]) > 0)
        {
            throw new CommandException(
                5733402,
                "A bounding array must be an ascending array of either two dates or two numbers"
            );
        }

        if (isDates != unit is not null)
        {
            throw isDates
                ? new CommandException(5733410, "A bounding array of dates must specify a unit")
                : new CommandException(5733409, "Numeric bounds may not have unit parameter");
        }
    }
}
