using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Query;
using Godwit.Sandbox.Query.Predicates;
using Godwit.Sandbox.Reading;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Planning;

/// <summary>
/// Chooses how a query is answered: from the index whose leading parts it fixes best or whose order it asks for, from several
/// for alternatives, else from all records. What an index gives is always tested against the whole filter again.
/// </summary>
internal sealed class QueryPlanner
{
    private readonly CollectionReader reader;
    private readonly DocumentQuery query;
    private readonly SortPattern? sort;

    private QueryPlanner(CollectionReader reader, DocumentQuery query)
    {
        this.reader = reader;
        this.query = query;
        sort = query.Sort is { IsEmpty: false } pattern ? SortPattern.Parse(pattern, query.Collation) : null;
    }

    /// <summary>The plan for a query.</summary>
    internal static QueryPlan Plan(CollectionReader reader, DocumentQuery query) =>
        new QueryPlanner(reader, query).Choose();

    private QueryPlan Choose()
    {
        if (Natural() is { } natural)
        {
            return natural;
        }

        var predicates = FilterPredicates.Of(query.Filter.Root);
        if (query.Hint.Type is BsonType.String or BsonType.Document && query.Hint != RawDocument.Empty)
        {
            return Hinted(predicates);
        }

        if (query.Min is not null || query.Max is not null)
        {
            throw Refusal(
                ErrorCode.NoQueryExecutionPlans,
                "When using min()/max() a hint of which index to use must be provided"
            );
        }

        return ById(predicates)
            ?? Best(predicates)
            ?? Alternatives(predicates)
            ?? new(OplogScan.Of(reader, predicates) ?? new CollectionScan(), sort is null);
    }

    /// <summary>A scan asked for by <c>$natural</c>.</summary>
    private QueryPlan? Natural()
    {
        var isSorted = sort is null || sort.IsNatural;
        if (query.Hint.Type == BsonType.Document && query.Hint.AsDocument is { IsEmpty: false } hint)
        {
            var first = hint.First();
            if (first.NameIs("$natural"))
            {
                if (!first.Value.IsNumber || first.Value.ToInt64() is not (1 or -1))
                {
                    throw Refusal(ErrorCode.BadValue, "$natural hint cannot be set to a value other than -1 or 1.");
                }

                return new(new CollectionScan(first.Value.ToInt64() != -1), isSorted);
            }
        }

        return sort is { IsNatural: true }
            ? new(new CollectionScan(query.Sort!.Value.First().Value.ToInt64() != -1), true)
            : null;
    }

    private QueryPlan Hinted(FilterPredicates predicates)
    {
        var index =
            PlannedIndex.Hinted(reader, query.Hint)
            ?? throw Refusal(ErrorCode.BadValue, "hint provided does not correspond to an existing index");
        if (query.Min is null && query.Max is null)
        {
            return Candidate(index, predicates, isHinted: true)?.Plan ?? new(new CollectionScan(), sort is null);
        }

        var range = MinMaxBounds.Of(index, query.Min, query.Max);
        var (isForward, isSorted) = Order(index, IndexBounds.All(index));
        return new(new IndexScan(index, IndexBounds.All(index), isForward) { GivenRanges = [range] }, isSorted);
    }

    /// <summary>An <c>_id</c> and nothing else asked for.</summary>
    private QueryPlan? ById(FilterPredicates predicates)
    {
        if (
            !predicates.IsSingle
            || predicates.Of("_id") is not [ComparisonTest { Operator: ComparisonOperator.Equal } test]
            || test.Value.Type is BsonType.Null or BsonType.Array or BsonType.RegularExpression
        )
        {
            return null;
        }

        var index = PlannedIndex.Of(reader).FirstOrDefault(index => index.Info?.IsIdIndex ?? true);
        return index is not null && IsComparable(index, test)
            ? new(new IdLookup(index, test.Value), IsSorted: true)
            : null;
    }

    private QueryPlan? Best(FilterPredicates predicates)
    {
        (QueryPlan Plan, int Score)? best = null;
        foreach (var index in PlannedIndex.Of(reader))
        {
            if (Candidate(index, predicates, isHinted: false) is { } candidate && candidate.Score > (best?.Score ?? 0))
            {
                best = candidate;
            }
        }

        return best?.Plan;
    }

    /// <summary>Each alternative from an index of its own.</summary>
    private QueryPlan? Alternatives(FilterPredicates predicates)
    {
        foreach (var or in predicates.Alternatives)
        {
            var paths = new List<AccessPath>();
            foreach (var child in or.Children)
            {
                if (BestUnsorted(FilterPredicates.Of(child)) is not { } path)
                {
                    break;
                }

                paths.Add(path);
            }

            if (paths.Count == or.Children.Count)
            {
                return new(new UnionPath(paths), sort is null);
            }
        }

        return null;
    }

    private AccessPath? BestUnsorted(FilterPredicates predicates) =>
        PlannedIndex
            .Of(reader)
            .Select(index => Candidate(index, predicates, isHinted: false))
            .Where(candidate => candidate is { Plan.Path: IndexScan scan } && scan.Bounds.Limits(0))
            .MaxBy(candidate => candidate!.Value.Score)
            ?.Plan.Path;

    private (QueryPlan Plan, int Score)? Candidate(PlannedIndex index, FilterPredicates predicates, bool isHinted)
    {
        if (!isHinted && !PartialIndexes.HasAll(index, predicates))
        {
            return null;
        }

        var bounds = BoundsFor(index, predicates);
        var (isForward, isSorted) = Order(index, bounds);
        var isOrderUseful = isSorted && sort is not null;
        var isLimited = bounds.Limits(0) || !index.IsComplete;
        if (!isHinted && !isLimited && !(isOrderUseful && index.IsComplete))
        {
            return null;
        }

        var points = bounds.PointParts;
        var isRangeNext = points < bounds.Parts.Count && bounds.Limits(points);
        var score =
            (points * 100)
            + (isOrderUseful ? 50 : 0)
            + (isRangeNext ? 10 : 0)
            + (index.Info?.IsUnique != false && points == bounds.Parts.Count ? 5 : 0)
            + 1;
        return (new(new IndexScan(index, bounds, isForward), isSorted), score);
    }

    private IndexBounds BoundsFor(PlannedIndex index, FilterPredicates predicates)
    {
        var parts = new List<IReadOnlyList<ValueInterval>>();
        var arrays = new HashSet<string>(StringComparer.Ordinal);
        foreach (var part in index.Parts)
        {
            // Two conditions may be met by different elements of one array: a key has only one of them.
            var root = part.Path.PartText(0);
            var isFree = !index.IsMultikey || !arrays.Contains(root);
            var intervals = isFree ? IntervalsFor(index, part, predicates.Of(part.Path.Text)) : null;
            if (intervals is not null)
            {
                _ = arrays.Add(root);
            }

            parts.Add(intervals ?? [ValueInterval.All]);
        }

        // Without its first part an index gives no ranges, at most its order.
        var bounds = new IndexBounds(parts);
        return bounds.Limits(0) ? bounds : IndexBounds.All(index);
    }

    private IReadOnlyList<ValueInterval>? IntervalsFor(
        PlannedIndex index,
        Indexes.IndexPart part,
        IReadOnlyList<IValueTest> tests
    )
    {
        IReadOnlyList<ValueInterval>? all = null;
        foreach (
            var test in tests.OrderBy(test => test is ComparisonTest { Operator: ComparisonOperator.Equal } ? 0 : 1)
        )
        {
            if (!IsComparable(index, test) || Intervals.Of(test) is not { } intervals)
            {
                continue;
            }

            if (part.IsHashed && !intervals.All(interval => interval.IsPoint && interval.Low.Type != BsonType.Array))
            {
                continue;
            }

            if (all is null)
            {
                all = intervals;
            }
            else if (!index.IsMultikey)
            {
                all =
                [
                    .. all.SelectMany(left => intervals.Select(right => left.Intersect(right, query.Collation)))
                        .OfType<ValueInterval>(),
                ];
            }
        }

        return all;
    }

    private bool IsComparable(PlannedIndex index, IValueTest test) =>
        ReferenceEquals(index.Keys.Collation, query.Collation)
            ? index.Keys.Collation is null || test is not RegexTest
            : !Intervals.ComparesText(test);

    /// <summary>The direction in which the index gives the order asked for, and whether it does.</summary>
    private (bool IsForward, bool IsSorted) Order(PlannedIndex index, IndexBounds bounds)
    {
        if (sort is null)
        {
            return (true, true);
        }

        if (!ReferenceEquals(index.Keys.Collation, query.Collation) || index.Parts.Any(part => part.IsHashed))
        {
            return (true, false);
        }

        bool? isForward = null;
        var place = 0;
        foreach (var wanted in sort.Parts)
        {
            while (
                place < index.Parts.Count && index.Parts[place].Path.Text != wanted.Path.Text && bounds.IsFixed(place)
            )
            {
                place++;
            }

            if (place == index.Parts.Count || index.Parts[place].Path.Text != wanted.Path.Text)
            {
                return (true, false);
            }

            // The least element of an array decides its place; within bounds another one might come first.
            if (index.IsMultikey && bounds.Limits(place))
            {
                return (true, false);
            }

            var isSame = index.Parts[place].IsDescending == wanted.IsDescending;
            if (isForward is { } decided && decided != isSame)
            {
                return (true, false);
            }

            isForward = isSame;
            place++;
        }

        return (isForward ?? true, true);
    }

    private CommandException Refusal(ErrorCode code, string reason) =>
        new(
            code,
            $"{QueryText.Describe(reader.Collection.Namespace, query)} planner returned error :: caused by :: {reason}"
        );
}
