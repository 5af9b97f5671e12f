using Godwit.Bson;

namespace Godwit.Sandbox.Query.Predicates;

/// <summary><c>$in</c>: equal to one of several values, or matched by one of several regular expressions.</summary>
internal sealed class InTest : IValueTest
{
    private readonly IComparer<RawValue> comparer;
    private readonly RawValue[] sorted;
    private readonly bool hasNull;

    private InTest(RawValue[] sorted, IReadOnlyList<RegexTest> expressions, IStringCollation? collation)
    {
        this.sorted = sorted;
        Expressions = expressions;
        Collation = collation;
        comparer = new ValueComparer(collation);
        hasNull = sorted.Any(value => value.Type == BsonType.Null);
    }

    /// <summary>The values to equal, in order.</summary>
    internal IReadOnlyList<RawValue> Values => sorted;

    internal IReadOnlyList<RegexTest> Expressions { get; }

    internal IStringCollation? Collation { get; }

    public LeafArrays LeafArrays => LeafArrays.ElementsAndArray;

    internal static InTest Parse(string name, RawValue value, IStringCollation? collation)
    {
        if (value.Type != BsonType.Array)
        {
            throw QueryErrors.BadValue($"{name} needs an array");
        }

        var values = new List<RawValue>();
        var expressions = new List<RegexTest>();
        foreach (var element in value.AsDocument)
        {
            var item = element.Value;
            if (FilterParser.IsOperatorDocument(item, allowIncompleteReference: false))
            {
                throw QueryErrors.BadValue($"cannot nest $ under {name}");
            }

            if (item.Type == BsonType.Undefined)
            {
                throw QueryErrors.BadValue("InMatchExpression equality cannot be undefined");
            }

            if (item.Type == BsonType.RegularExpression)
            {
                expressions.Add(RegexTest.Of(item));
            }
            else
            {
                values.Add(item);
            }
        }

        values.Sort(new ValueComparer(collation));
        return new([.. values], expressions, collation);
    }

    public bool Matches(RawValue value, MatchTrace? trace)
    {
        if (value.IsMissing)
        {
            return hasNull;
        }

        return Array.BinarySearch(sorted, value, comparer) >= 0
            || Expressions.Any(expression => expression.Matches(value, trace));
    }
}
