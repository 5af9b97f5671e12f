using Godwit.Bson;

namespace Godwit.Sandbox.Query.Predicates;

/// <summary>The comparisons of the query language.</summary>
internal enum ComparisonOperator
{
    Less,
    LessOrEqual,
    Equal,
    GreaterOrEqual,
    Greater,
}

/// <summary><c>$eq</c>, <c>$gt</c>, <c>$gte</c>, <c>$lt</c>, <c>$lte</c>: within one bracket of types, except for MinKey and MaxKey.</summary>
internal sealed class ComparisonTest : IValueTest
{
    private readonly int canonicalType;
    private readonly bool isNaN;

    private ComparisonTest(ComparisonOperator comparison, RawValue value, IStringCollation? collation)
    {
        Operator = comparison;
        Value = value;
        Collation = collation;
        canonicalType = ValueComparer.CanonicalType(value.Type);
        isNaN = IsNaN(value);
    }

    internal ComparisonOperator Operator { get; }

    internal RawValue Value { get; }

    internal IStringCollation? Collation { get; }

    public LeafArrays LeafArrays => LeafArrays.ElementsAndArray;

    internal static ComparisonTest Create(
        ComparisonOperator comparison,
        RawValue value,
        FieldPath? path,
        IStringCollation? collation
    )
    {
        if (value.Type == BsonType.Undefined)
        {
            throw QueryErrors.BadValue("cannot compare to undefined");
        }

        return value.Type == BsonType.RegularExpression && comparison != ComparisonOperator.Equal
            ? throw QueryErrors.BadValue(
                $"Can't have RegEx as arg to non-equality predicate over field '{path?.Text ?? ""}'."
            )
            : new(comparison, value, collation);
    }

    public bool Matches(RawValue value, MatchTrace? trace)
    {
        if (ValueComparer.CanonicalType(value.Type) != canonicalType)
        {
            return MatchesOtherType(value);
        }

        if (Operator != ComparisonOperator.Equal && value.IsNumber)
        {
            // NaN equals NaN and is neither above nor below anything.
            var otherIsNaN = IsNaN(value);
            if (isNaN || otherIsNaN)
            {
                return isNaN
                    && otherIsNaN
                    && Operator is ComparisonOperator.LessOrEqual or ComparisonOperator.GreaterOrEqual;
            }
        }

        var order = ValueComparer.Compare(value, Value, Collation);
        return Operator switch
        {
            ComparisonOperator.Less => order < 0,
            ComparisonOperator.LessOrEqual => order <= 0,
            ComparisonOperator.Equal => order == 0,
            ComparisonOperator.GreaterOrEqual => order >= 0,
            ComparisonOperator.Greater => order > 0,
        };
    }

    private bool MatchesOtherType(RawValue value)
    {
        switch (Value.Type)
        {
            case BsonType.Null:
                return value.IsMissing
                    && Operator
                        is ComparisonOperator.Equal
                            or ComparisonOperator.LessOrEqual
                            or ComparisonOperator.GreaterOrEqual;
            case BsonType.MaxKey:
                return Operator is ComparisonOperator.Less or ComparisonOperator.LessOrEqual;
            case BsonType.MinKey:
                return Operator is ComparisonOperator.Greater or ComparisonOperator.GreaterOrEqual;
            default:
                return false;
        }
    }

    private static bool IsNaN(RawValue value) =>
        value.Type switch
        {
            BsonType.Double => double.IsNaN(value.AsDouble),
            BsonType.Decimal128 => Decimal128.FromRaw(value).IsNaN,
            _ => false,
        };
}
