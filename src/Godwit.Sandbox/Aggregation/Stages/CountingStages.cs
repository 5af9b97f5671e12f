using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Stages;

/// <summary><c>$limit</c>.</summary>
internal sealed class LimitStage(long count) : Stage
{
    internal long Count => count;

    /// <inheritdoc/>
    internal override IEnumerable<RawDocument> Run(IEnumerable<RawDocument> input) =>
        count >= int.MaxValue ? input : input.Take((int)count);
}

/// <summary><c>$skip</c>.</summary>
internal sealed class SkipStage(long count) : Stage
{
    internal long Count => count;

    /// <inheritdoc/>
    internal override IEnumerable<RawDocument> Run(IEnumerable<RawDocument> input)
    {
        var skipped = 0L;
        foreach (var document in input)
        {
            if (skipped < count)
            {
                skipped++;
                continue;
            }

            yield return document;
        }
    }
}

/// <summary>Reads the stages that count documents, or count them off.</summary>
internal static class CountingStages
{
    internal static Stage Limit(RawValue value, StageContext context)
    {
        var count = Whole(value, "$limit", 5107201);
        return count > 0 ? new LimitStage(count) : throw new CommandException(15958, "the limit must be positive");
    }

    internal static Stage Skip(RawValue value, StageContext context) => new SkipStage(Whole(value, "$skip", 5107200));

    /// <summary><c>$count</c>: nothing at all where there are no documents.</summary>
    internal static Stage Count(RawValue value, StageContext context)
    {
        var field = CheckCountField(value);
        return new StreamStage(input => Counted(input, field));
    }

    /// <summary><c>$sortByCount</c>: a group by the expression, counted, most frequent first.</summary>
    internal static Stage SortByCount(RawValue value, StageContext context)
    {
        var isExpression = value.Type switch
        {
            BsonType.String => value.AsString.StartsWith('$')
                ? true
                : throw new CommandException(
                    40148,
                    "the sortByCount field must be defined as a $-prefixed path or an expression inside an object"
                ),
            BsonType.Document => value.AsDocument is { IsEmpty: false } document
            && document.First().Name.StartsWith('$')
                ? true
                : throw new CommandException(
                    40147,
                    "the sortByCount field must be defined as a $-prefixed path or an expression inside an object"
                ),
            _ => false,
        };
        if (!isExpression)
        {
            throw new CommandException(40149, "the sortByCount field must be specified as a string or as an object");
        }

        var group = new GroupStage(context.Expression(value), [AccumulatorStatement.Counting("count")], context);
        var sort = SortStage.Parse(new DocumentBuilder { { "count", -1 } }, context);
        return new StreamStage(input => sort.Run(group.Run(input)));
    }

    private static IEnumerable<RawDocument> Counted(IEnumerable<RawDocument> input, string field)
    {
        var count = input.LongCount();
        if (count > 0)
        {
            yield return new DocumentBuilder { { field, RawValue.Narrow(count) } }.Build();
        }
    }

    private static string CheckCountField(RawValue value)
    {
        if (value.Type != BsonType.String)
        {
            throw new CommandException(40156, "the count field must be a non-empty string");
        }

        var field = value.AsString;
        return field switch
        {
            "" => throw new CommandException(40157, "the count field must be a non-empty string"),
            _ when field.StartsWith('$') => throw new CommandException(
                40158,
                "the count field cannot be a $-prefixed path"
            ),
            _ when field.Contains('\0', StringComparison.Ordinal) => throw new CommandException(
                40159,
                "the count field cannot contain a null byte"
            ),
            _ when field.Contains('.', StringComparison.Ordinal) => throw new CommandException(
                40160,
                "the count field cannot contain '.'"
            ),
            _ => field,
        };
    }

    private static long Whole(RawValue value, string name, int code)
    {
        var reason = $"{name}: {value}";
        if (!value.IsNumber)
        {
            throw new CommandException(code, $"invalid argument to {name} stage: Expected a number in: {reason}");
        }

        if (value.ToInt64() is not { } whole || ValueComparer.Compare(value, whole) != 0)
        {
            throw new CommandException(code, $"invalid argument to {name} stage: Expected an integer: {reason}");
        }

        return whole >= 0
            ? whole
            : throw new CommandException(
                code,
                $"invalid argument to {name} stage: Expected a non-negative number in: {reason}"
            );
    }
}
