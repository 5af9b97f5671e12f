using Godwit.Bson;
using Godwit.Sandbox.Planning;
using Godwit.Sandbox.Query;
using Godwit.Sandbox.Query.Predicates;
using Godwit.Sandbox.Reading;
using Godwit.Sandbox.Sharding;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Explaining;

/// <summary>Draws the plan of a query as stages, with the figures of a run where one is asked for.</summary>
internal sealed class PlanTree
{
    private const int SortBytesMax = 100 * 1024 * 1024;
    private readonly CollectionReader reader;
    private readonly DocumentQuery query;
    private readonly QueryPlan plan;
    private readonly RawDocument parsed;

    internal PlanTree(CollectionReader reader, DocumentQuery query, bool runs)
    {
        this.reader = reader;
        this.query = query;
        plan = QueryPlanner.Plan(reader, query);
        parsed = ParsedQuery.Of(query.Filter.Source);
        if (runs)
        {
            Run();
        }
    }

    /// <summary>Records the plan looked at.</summary>
    internal long Examined { get; private set; }

    /// <summary>Records that matched.</summary>
    internal long Matching { get; private set; }

    /// <summary>Whether the plan reads an index.</summary>
    internal bool UsesIndex => plan.Path is not CollectionScan;

    /// <summary>Whether the plan is the short way to one <c>_id</c>.</summary>
    internal bool IsExpress => plan.Path is IdLookup;

    /// <summary>The records and their order, without what a command does with them.</summary>
    internal PlanNode Root()
    {
        var node = FilterByOwner(Access(plan.Path, isWhole: true));
        return plan.IsSorted || query.Sort is not { IsEmpty: false } sort
            ? node
            : new("SORT")
            {
                Fields = new DocumentBuilder
                {
                    { "sortPattern", sort },
                    { "memLimit", SortBytesMax },
                    {
                        "limitAmount",
                        query.Limit == long.MaxValue ? default(RawValue) : (int)Math.Min(query.Limit, int.MaxValue)
                    },
                    { "type", "simple" },
                }.Build(),
                Counters = new DocumentBuilder
                {
                    { "totalDataSizeSorted", 0 },
                    { "usedDisk", false },
                    { "spills", 0 },
                    { "spilledDataStorageSize", 0 },
                }.Build(),
                Returned = Matching,
                Examined = Examined,
                Inputs = [node],
            };
    }

    /// <summary>The shard key that documents are owned by; <see langword="null"/> where the query fixes it, or on no shard.</summary>
    internal ShardKeyPattern? OwnedBy { get; init; }

    // Before documents are fetched, where the index has the shard key (sessions-sharded/shard_collection, steps 74 and 75).
    private PlanNode FilterByOwner(PlanNode node)
    {
        if (OwnedBy is not { } key || IsExpress)
        {
            return node;
        }

        var isCovered =
            node is { Stage: "FETCH", Inputs: [{ Stage: "IXSCAN" } scan] }
            && key.Paths.All(path => scan.Fields["keyPattern"].AsDocument.Has(path));
        return isCovered ? node with { Inputs = [Owned(node.Inputs[0])] } : Owned(node);
    }

    private static PlanNode Owned(PlanNode node) =>
        new("SHARDING_FILTER")
        {
            Counters = new DocumentBuilder { { "chunkSkips", 0 } }.Build(),
            Returned = node.Returned,
            Examined = node.Examined,
            Inputs = [node],
        };

    private void Run()
    {
        foreach (var record in plan.Path.Records(reader))
        {
            Examined++;
            Matching += query.Filter.Matches(record.Document) ? 1 : 0;
            if (Matching >= query.Limit && plan.IsSorted)
            {
                break;
            }
        }
    }

    private PlanNode Access(AccessPath path, bool isWhole) =>
        path switch
        {
            IdLookup lookup => new(lookup.Index.Info is null ? "EXPRESS_CLUSTERED_IXSCAN" : "EXPRESS_IXSCAN")
            {
                Fields = new DocumentBuilder
                {
                    { "keyPattern", "{ _id: 1 }" },
                    { "indexName", lookup.Index.Name },
                }.Build(),
                Counters = new DocumentBuilder
                {
                    { "keysExamined", (int)Examined },
                    { "docsExamined", (int)Examined },
                }.Build(),
                Returned = Matching,
            },
            IndexScan { Index.Info: not null } scan => isWhole ? Fetch(Keys(scan), IsExact(scan)) : Keys(scan),
            IndexScan scan => new("CLUSTERED_IXSCAN")
            {
                Filter = parsed.IsEmpty ? null : parsed,
                Fields = new DocumentBuilder { { "direction", Direction(scan.IsForward) } }.Build(),
                Counters = new DocumentBuilder { { "docsExamined", (int)Examined } }.Build(),
                Returned = Matching,
                Examined = Examined,
            },
            UnionPath union => new("SUBPLAN")
            {
                Returned = Matching,
                Inputs =
                [
                    Fetch(
                        new("OR")
                        {
                            Counters = new DocumentBuilder
                            {
                                { "dupsTested", (int)Examined },
                                { "dupsDropped", 0 },
                            }.Build(),
                            Returned = Examined,
                            Inputs = [.. union.Paths.Select(part => Access(part, isWhole: false))],
                        },
                        isExact: false
                    ),
                ],
            },
            CollectionScan scan => new("COLLSCAN")
            {
                Filter = parsed.IsEmpty ? null : parsed,
                Fields = new DocumentBuilder { { "direction", Direction(scan.IsForward) } }.Build(),
                Counters = new DocumentBuilder { { "docsExamined", (int)Examined } }.Build(),
                Returned = Matching,
                Examined = Examined,
            },
            _ => throw new InvalidOperationException($"a path of type {path.GetType().Name} cannot be shown"),
        };

    private PlanNode Fetch(PlanNode input, bool isExact) =>
        new("FETCH")
        {
            Filter = isExact || parsed.IsEmpty ? null : parsed,
            Counters = new DocumentBuilder { { "docsExamined", (int)Examined }, { "alreadyHasObj", 0 } }.Build(),
            Returned = Matching,
            Examined = Examined,
            Inputs = [input],
        };

    private PlanNode Keys(IndexScan scan)
    {
        var bounds = new DocumentBuilder();
        var (first, last) = (new DocumentBuilder(), new DocumentBuilder());
        for (var i = 0; i < scan.Index.Parts.Count; i++)
        {
            var part = scan.Index.Parts[i];
            var isDescending = part.IsDescending != !scan.IsForward;
            var intervals = scan.Bounds.Parts[i];
            bounds.Add(part.Path.Text, IntervalTexts(intervals, isDescending));
            if (intervals.Count > 0)
            {
                first.Add(part.Path.Text, isDescending ? intervals[^1].High : intervals[0].Low);
                last.Add(part.Path.Text, isDescending ? intervals[0].Low : intervals[^1].High);
            }
        }

        return new("IXSCAN")
        {
            Fields = IndexFields(scan.Index)
                .Add("direction", Direction(scan.IsForward))
                .Add("indexBounds", bounds)
                .Build(),
            Counters = new DocumentBuilder
            {
                { "keysExamined", (int)Examined },
                { "seeks", 1 },
                { "dupsTested", 0 },
                { "dupsDropped", 0 },
            }.Build(),
            Keys = (first.Build(), last.Build()),
            Returned = Examined,
        };
    }

    /// <summary>What every stage that reads an index says of it.</summary>
    internal static DocumentBuilder IndexFields(PlannedIndex index)
    {
        var multikey = new DocumentBuilder();
        foreach (var part in index.Parts)
        {
            RawValue[] paths = index.IsMultikey && part == index.Parts[0] ? [part.Path.Text] : [];
            multikey.Add(part.Path.Text, RawValue.Array(paths));
        }

        return new DocumentBuilder
        {
            { "keyPattern", index.Pattern },
            { "indexName", index.Name },
            { "isMultiKey", index.IsMultikey },
            { "multiKeyPaths", multikey },
            { "isUnique", index.Info?.Spec["unique"].IsTruthy() ?? true },
            { "isSparse", index.Keys.IsSparse },
            { "isPartial", index.Keys.PartialFilter is not null },
            { "indexVersion", 2 },
        };
    }

    private static RawValue IntervalTexts(IReadOnlyList<ValueInterval> intervals, bool isDescending)
    {
        var texts = intervals.Select(interval => (RawValue)interval.Show(isDescending));
        return RawValue.Array(isDescending ? texts.Reverse() : texts);
    }

    private static string Direction(bool isForward) => isForward ? "forward" : "backward";

    /// <summary>Whether the bounds say all the filter says, so that fetched documents need no further test.</summary>
    private bool IsExact(IndexScan scan) => query.Filter.Root is var root && IsExact(root, scan);

    private static bool IsExact(FilterNode node, IndexScan scan)
    {
        if (node is AndNode and)
        {
            return and.Children.All(child => IsExact(child, scan));
        }

        if (node is not PathNode { Path: { } path, Test: ComparisonTest or InTest { Expressions.Count: 0 } } test)
        {
            return false;
        }

        var place = scan.Index.Parts.ToList().FindIndex(part => part.Path.Text == path.Text);
        return place >= 0 && !scan.Index.IsMultikey && scan.Bounds.Limits(place) && Intervals.NeedsField(test.Test);
    }
}
