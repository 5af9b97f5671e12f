using Godwit.Bson;
using Godwit.Sandbox.Aggregation.Accumulators;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Stages;

/// <summary><c>$bucketAuto</c>: buckets whose bounds are chosen so that they hold about as many documents each.</summary>
internal sealed class BucketAutoStage(
    Func<RawDocument, RawValue> groupBy,
    int buckets,
    IReadOnlyList<AccumulatorStatement> statements,
    PreferredNumbers? granularity,
    StageContext context
) : Stage
{
    internal static Stage Parse(RawValue value, StageContext context)
    {
        if (value.Type != BsonType.Document)
        {
            throw new CommandException(
                40240,
                $"The argument to $bucketAuto must be an object, but found type: {BsonTypeNames.NameOf(value.Type)}."
            );
        }

        var specification = value.AsDocument;
        foreach (var element in specification)
        {
            if (element.Name is not ("groupBy" or "buckets" or "output" or "granularity"))
            {
                throw new CommandException(40245, $"Unrecognized option to $bucketAuto: {element.Name}.");
            }
        }

        var groupBy = specification["groupBy"];
        if (!groupBy.IsMissing && !BucketStage.IsExpression(groupBy))
        {
            throw new CommandException(
                40239,
                $"The $bucketAuto 'groupBy' field must be defined as a $-prefixed path or an expression object, but found: {groupBy}"
            );
        }

        if (groupBy.IsMissing || !specification.Has("buckets"))
        {
            throw new CommandException(40246, "$bucketAuto requires 'groupBy' and 'buckets' to be specified");
        }

        return new BucketAutoStage(
            context.Expression(groupBy),
            CheckBuckets(specification["buckets"]),
            BucketStage.Output(specification["output"], context, 40244),
            PreferredNumbers.Parse(specification["granularity"]),
            context
        );
    }

    /// <inheritdoc/>
    internal override IEnumerable<RawDocument> Run(IEnumerable<RawDocument> input)
    {
        var sorted = new Queue<(RawValue Key, RawDocument Document)>(
            input
                .Select(document => (Key: KeyOf(document), document))
                .OrderBy(pair => pair.Key, context.Expressions.Order)
        );
        var size = Math.Max(1, Math.Round((double)sorted.Count / buckets, MidpointRounding.AwayFromZero));
        RawValue previousMax = default;
        for (var bucket = 1; sorted.Count > 0; bucket++)
        {
            var first = sorted.Peek().Key;
            var min =
                granularity is null ? first
                : previousMax.IsMissing ? granularity.RoundDown(first)
                : previousMax;
            var accumulators = statements.Select(statement => statement.Start(RawDocument.Empty)).ToList();
            var max = first;
            for (var taken = 0; sorted.Count > 0 && (taken < size || bucket == buckets); taken++)
            {
                max = Take(sorted, accumulators);
            }

            max = previousMax = Close(sorted, accumulators, max);
            yield return Result(min, max, accumulators);
        }
    }

    /// <summary>Takes what equals the last key too, and gives the upper bound: the next key, or a preferred number.</summary>
    private RawValue Close(
        Queue<(RawValue Key, RawDocument Document)> sorted,
        List<Accumulator> accumulators,
        RawValue max
    )
    {
        var order = context.Expressions.Order;
        var bound = granularity?.RoundUp(max) ?? max;
        while (
            sorted.TryPeek(out var next)
            && (order.Compare(next.Key, max) == 0 || (granularity is not null && order.Compare(bound, next.Key) > 0))
        )
        {
            _ = Take(sorted, accumulators);
        }

        if (granularity is null)
        {
            return sorted.TryPeek(out var following) ? following.Key : max;
        }

        return ValueComparer.Compare(bound, 0) == 0 && sorted.TryPeek(out var beyond)
            ? granularity.RoundDown(beyond.Key)
            : bound;
    }

    private RawValue Take(Queue<(RawValue Key, RawDocument Document)> sorted, List<Accumulator> accumulators)
    {
        var (key, document) = sorted.Dequeue();
        for (var i = 0; i < accumulators.Count; i++)
        {
            statements[i].Feed(accumulators[i], document);
        }

        return key;
    }

    private RawValue KeyOf(RawDocument document)
    {
        var key = groupBy(document);
        granularity?.Check(key);
        return key.IsMissing ? RawValue.Null : key;
    }

    private RawDocument Result(RawValue min, RawValue max, List<Accumulator> accumulators)
    {
        var builder = new DocumentBuilder
        {
            {
                "_id",
                new DocumentBuilder { { "min", min }, { "max", max } }
            },
        };
        for (var i = 0; i < accumulators.Count; i++)
        {
            var value = accumulators[i].Value;
            builder.Add(statements[i].Name, value.IsMissing ? RawValue.Null : value);
        }

        return builder.Build();
    }

    private static int CheckBuckets(RawValue value)
    {
        if (!value.IsNumber)
        {
            throw new CommandException(
                40241,
                $"The $bucketAuto 'buckets' field must be a numeric value, but found type: {BsonTypeNames.NameOf(value.Type)}."
            );
        }

        if (
            value.ToInt64() is not (>= int.MinValue and <= int.MaxValue and var count)
            || ValueComparer.Compare(value, count) != 0
        )
        {
            throw new CommandException(
                40242,
                $"The $bucketAuto 'buckets' field must be representable as a 32-bit integer, but found {value}."
            );
        }

        return count > 0
            ? (int)count
            : throw new CommandException(
                40243,
                $"The $bucketAuto 'buckets' field must be greater than 0, but found: {count}."
            );
    }
}
