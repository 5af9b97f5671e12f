using Godwit.Bson;
using Godwit.Sandbox.Query;
using Godwit.Sandbox.Query.Predicates;

namespace Godwit.Sandbox.Planning;

/// <summary>
/// The keys an index can have for values that pass a test. More than pass is allowed, since every document found is tested
/// again; less is not.
/// </summary>
internal static class Intervals
{
    private static readonly ValueInterval[] Nothing = [];
    private static readonly ValueInterval[] Everything = [ValueInterval.All];

    /// <summary>The intervals in ascending order; <see langword="null"/> where the test says nothing an index could use.</summary>
    internal static IReadOnlyList<ValueInterval>? Of(IValueTest test) =>
        test switch
        {
            ComparisonTest { Operator: ComparisonOperator.Equal } equal => Equal(equal.Value),
            ComparisonTest comparison => Range(comparison),
            InTest list => In(list),
            RegexTest regex => Matching(regex),
            ExistsTest => Everything,
            TypeTest types => OfTypes(types),
            _ => null,
        };

    /// <summary>Whether absent and null values are surely not among those that pass, so that a sparse index has all of them.</summary>
    internal static bool NeedsField(IValueTest test) =>
        test switch
        {
            ComparisonTest comparison => comparison.Value.Type
                is not (BsonType.Null or BsonType.MinKey or BsonType.MaxKey),
            InTest list => list.Values.All(value => value.Type != BsonType.Null),
            RegexTest or ExistsTest => true,
            TypeTest types => !types.Types.Contains(BsonType.Null),
            _ => false,
        };

    /// <summary>Whether the test compares text, so that only an index of its own collation can answer it.</summary>
    internal static bool ComparesText(IValueTest test) =>
        test switch
        {
            ComparisonTest comparison => IsText(comparison.Value),
            InTest list => list.Values.Any(IsText),
            RegexTest => true,
            TypeTest types => types.Types.Contains(BsonType.String),
            _ => false,
        };

    private static bool IsText(RawValue value) =>
        value.Type
            is BsonType.String
                or BsonType.Symbol
                or BsonType.Document
                or BsonType.Array
                or BsonType.MinKey
                or BsonType.MaxKey;

    private static IReadOnlyList<ValueInterval> Equal(RawValue value)
    {
        if (value.Type != BsonType.Array)
        {
            return [ValueInterval.Point(value)];
        }

        // The key of an array is each of its elements; as a whole it is a key only where it is itself an element.
        var first = value.AsDocument.Values().FirstOrDefault(RawValue.Undefined);
        return Ordered([ValueInterval.Point(first), ValueInterval.Point(value)]);
    }

    private static IReadOnlyList<ValueInterval>? In(InTest list)
    {
        var intervals = list.Values.SelectMany(Equal).ToList();
        foreach (var expression in list.Expressions)
        {
            intervals.AddRange(Matching(expression));
        }

        return Ordered(intervals);
    }

    private static IReadOnlyList<ValueInterval>? Range(ComparisonTest test)
    {
        var value = test.Value;
        var isUpper = test.Operator is ComparisonOperator.Less or ComparisonOperator.LessOrEqual;
        var isInclusive = test.Operator is ComparisonOperator.LessOrEqual or ComparisonOperator.GreaterOrEqual;
        if (value.Type == BsonType.Null)
        {
            return isInclusive ? [ValueInterval.Point(RawValue.Null)] : Nothing;
        }

        if (value.Type is BsonType.MinKey or BsonType.MaxKey)
        {
            return Everything;
        }

        if (TypeBrackets.Of(value.Type) is not { } bracket)
        {
            return null;
        }

        if (IsNaN(value))
        {
            return isInclusive ? [ValueInterval.Point(value)] : Nothing;
        }

        var half = isUpper
            ? bracket with
            {
                High = value,
                IncludesHigh = isInclusive,
            }
            : bracket with
            {
                Low = value,
                IncludesLow = isInclusive,
            };
        return [half];
    }

    /// <summary>The brackets of the types; NaN, which no range reaches, is a number too.</summary>
    private static IReadOnlyList<ValueInterval>? OfTypes(TypeTest test)
    {
        var intervals = new List<ValueInterval>();
        foreach (var type in test.Types)
        {
            if (type == BsonType.Null)
            {
                intervals.Add(ValueInterval.Point(RawValue.Null));
            }
            else if (TypeBrackets.Of(type) is { } bracket)
            {
                var isNumber = bracket.Low.Type == BsonType.Double;
                intervals.Add(isNumber ? bracket with { Low = double.NaN } : bracket);
            }
            else
            {
                return null;
            }
        }

        return Ordered(intervals);
    }

    private static IReadOnlyList<ValueInterval> Matching(RegexTest regex)
    {
        var strings = TypeBrackets.Of(BsonType.String)!.Value;
        var prefix = RegexPrefix.Of(regex.Pattern, regex.Options);
        if (prefix.Length > 0)
        {
            var behind = prefix[..^1] + (char)(prefix[^1] + 1);
            strings = new(prefix, true, behind, false);
        }

        return [strings, ValueInterval.Point(RawValue.RegularExpression(regex.Pattern, regex.Options))];
    }

    private static List<ValueInterval> Ordered(IEnumerable<ValueInterval> intervals) =>
        [.. intervals.OrderBy(interval => interval.Low, ValueComparer.Binary).Distinct()];

    private static bool IsNaN(RawValue value) =>
        value.Type switch
        {
            BsonType.Double => double.IsNaN(value.AsDouble),
            BsonType.Decimal128 => Decimal128.FromRaw(value).IsNaN,
            _ => false,
        };
}
