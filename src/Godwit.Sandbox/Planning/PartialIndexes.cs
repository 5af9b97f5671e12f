using Godwit.Bson;
using Godwit.Sandbox.Query;
using Godwit.Sandbox.Query.Predicates;

namespace Godwit.Sandbox.Planning;

/// <summary>Whether an index that leaves documents out still has all that a filter can match.</summary>
internal static class PartialIndexes
{
    internal static bool HasAll(PlannedIndex index, FilterPredicates predicates)
    {
        if (index.Keys.IsSparse && !index.Parts.Any(part => predicates.Of(part.Path.Text).Any(Intervals.NeedsField)))
        {
            return false;
        }

        return index.Keys.PartialFilter is not { } filter || Implies(predicates, filter.Root);
    }

    private static bool Implies(FilterPredicates predicates, FilterNode demand) =>
        demand switch
        {
            AndNode and => and.Children.All(child => Implies(predicates, child)),
            OrNode or => or.Children.Any(child => Implies(predicates, child)),
            PathNode { Path: { } path } node => predicates.Of(path.Text).Any(given => Implies(given, node.Test)),
            _ => false,
        };

    /// <summary>Whether what passes one test passes the other.</summary>
    private static bool Implies(IValueTest given, IValueTest demanded) =>
        demanded switch
        {
            ExistsTest => Intervals.NeedsField(given),
            ComparisonTest comparison => given switch
            {
                ComparisonTest { Operator: ComparisonOperator.Equal } equal => comparison.Matches(equal.Value, null),
                ComparisonTest range => IsNarrower(range, comparison),
                InTest { Expressions.Count: 0 } list => list.Values.All(value => comparison.Matches(value, null)),
                _ => false,
            },
            _ => given switch
            {
                ComparisonTest { Operator: ComparisonOperator.Equal } equal => demanded.Matches(equal.Value, null),
                InTest { Expressions.Count: 0 } list => list.Values.All(value => demanded.Matches(value, null)),
                _ => false,
            },
        };

    private static bool IsNarrower(ComparisonTest given, ComparisonTest demanded)
    {
        var isUpper = given.Operator is ComparisonOperator.Less or ComparisonOperator.LessOrEqual;
        var isSameSide = isUpper
            ? demanded.Operator is ComparisonOperator.Less or ComparisonOperator.LessOrEqual
            : demanded.Operator is ComparisonOperator.Greater or ComparisonOperator.GreaterOrEqual;
        if (
            !isSameSide
            || ValueComparer.CanonicalType(given.Value.Type) != ValueComparer.CanonicalType(demanded.Value.Type)
        )
        {
            return false;
        }

        return demanded.Matches(given.Value, null)
            || (
                given.Operator is ComparisonOperator.Less or ComparisonOperator.Greater
                && ValueComparer.AreEqual(given.Value, demanded.Value, demanded.Collation)
            );
    }
}
