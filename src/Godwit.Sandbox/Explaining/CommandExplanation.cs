using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Planning;
using Godwit.Sandbox.Reading;
using Godwit.Sandbox.Storage;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Explaining;

/// <summary>Explains the commands that run one query: what they ask for, and the stages they put on top of its plan.</summary>
internal sealed class CommandExplanation
{
    private readonly CommandContext context;
    private readonly Namespace ns;
    private readonly Explanation explanation;
    private readonly ReadView view;
    private readonly CollectionInfo? collection;

    private CommandExplanation(CommandContext context, ReadView view, ExplainVerbosity verbosity)
    {
        this.context = context;
        this.view = view;
        ns = context.Collection();
        explanation = new(context, ns, verbosity);
        collection = view.Catalog.Find(ns);
        if (collection is { IsView: true })
        {
            throw new CommandException(
                ErrorCode.CommandNotSupportedOnView,
                $"Namespace {ns} is a view, not a collection"
            );
        }
    }

    /// <summary>The explanation of a command.</summary>
    internal static RawDocument Of(CommandContext context, ExplainVerbosity verbosity)
    {
        using var view = ReadViews.For(context);
        return new CommandExplanation(context, view, verbosity).Explain();
    }

    private RawDocument Explain()
    {
        var arguments = context.Arguments;
        switch (context.Traits.Name)
        {
            case "find":
                return Explain(FindCommand.QueryOf(context, collection), Shown, hasShape: true);
            case "count":
                var counted = CountCommand.QueryOf(context, collection);
                return Explain(counted, node => Counted(node, counted), hasShape: false);
            case "distinct":
                var distinct = DistinctCommand.QueryOf(context, collection);
                return Explain(distinct, node => Distinct(node, distinct), hasShape: true);
            case "update":
                var update = UpdateStatement.Parse(First("updates"), keepsEmptyTimestamps: false);
                return Explain(update.Query(context, collection), Written("UPDATE", update.IsMulti), hasShape: false);
            case "delete":
                var delete = DeleteStatement.Parse(First("deletes"));
                return Explain(delete.Query(context, collection), Written("DELETE", delete.IsMulti), hasShape: false);
            default:
                var query = new DocumentQuery(
                    context,
                    arguments.Document("query") ?? RawDocument.Empty,
                    arguments.Document("collation"),
                    arguments.Document("let"),
                    collection
                )
                {
                    Hint = arguments["hint"],
                    Sort = arguments.Document("sort"),
                    Limit = 1,
                };
                var isRemoval = arguments["remove"].IsTruthy();
                return Explain(query, Written(isRemoval ? "DELETE" : "UPDATE", isMulti: false), hasShape: false);
        }
    }

    private RawDocument First(string field) =>
        context.RequiredDocuments(field) is [var only]
            ? only
            : throw new CommandException(ErrorCode.InvalidLength, "explained write batches must be of size 1");

    private RawDocument Explain(DocumentQuery query, Func<PlanNode, PlanNode> finish, bool hasShape)
    {
        var tree = collection is null
            ? null
            : new PlanTree(new(view, collection), query, explanation.Runs)
            {
                OwnedBy = explanation.OwnedBy(collection, query.Filter),
            };
        var root = tree is null ? new PlanNode("EOF") : finish(tree.Root());
        var examined = tree?.Examined ?? 0;
        var parts = new DocumentBuilder
        {
            { "explainVersion", "1" },
            { "queryPlanner", explanation.Planner(query.Filter.Source, root, isPipeline: false) },
            {
                "executionStats",
                explanation.Execution(
                    root,
                    tree?.UsesIndex == true ? examined : 0,
                    root.Inputs is [{ Stage: "COUNT_SCAN" or "DISTINCT_SCAN" }] ? 0 : examined
                )
            },
        };
        return explanation.Reply(parts, hasShape && tree?.IsExpress != true);
    }

    /// <summary>Skip, limit and projection of <c>find</c>.</summary>
    private PlanNode Shown(PlanNode node)
    {
        var arguments = context.Arguments;
        var skip = arguments.Number("skip") ?? 0;
        if (skip > 0)
        {
            node = Above(
                node,
                "SKIP",
                new DocumentBuilder { { "skipAmount", (int)skip } },
                Math.Max(0, node.Returned - skip)
            );
        }

        if (arguments.Document("projection") is { IsEmpty: false } projection)
        {
            var isSimple = projection.All(field =>
                (field.Value.IsNumber || field.Type == BsonType.Boolean)
                && !field.Name.Contains('.', StringComparison.Ordinal)
            );
            node = Above(
                node,
                isSimple ? "PROJECTION_SIMPLE" : "PROJECTION_DEFAULT",
                new DocumentBuilder { { "transformBy", projection } },
                node.Returned
            );
        }

        return arguments.Number("limit") is { } limit and > 0 && node.Stage != "SORT"
            ? Above(
                node,
                "LIMIT",
                new DocumentBuilder { { "limitAmount", (int)limit } },
                Math.Min(limit, node.Returned)
            )
            : node;
    }

    private PlanNode Counted(PlanNode node, DocumentQuery query)
    {
        var isAll = query.Filter.Source.IsEmpty && query.Hint.IsMissing;
        var isKeysOnly = node is { Stage: "FETCH", Filter: null, Inputs: [{ Stage: "IXSCAN" }] };
        return new("COUNT")
        {
            Counters = new DocumentBuilder { { "nCounted", (int)node.Returned }, { "nSkipped", 0 } }.Build(),
            Examined = node.Returned,
            Inputs =
                isAll ? [new("RECORD_STORE_FAST_COUNT")]
                : isKeysOnly ? [KeyCount(node.Inputs[0])]
                : [node],
        };
    }

    /// <summary>Keys counted without their documents: bounds as first and last key.</summary>
    private static PlanNode KeyCount(PlanNode scan)
    {
        var kept = new DocumentBuilder();
        foreach (var field in scan.Fields)
        {
            if (field.Name is not ("direction" or "indexBounds"))
            {
                kept.Add(field);
            }
        }

        var bounds = new DocumentBuilder
        {
            { "startKey", scan.Keys.First },
            { "startKeyInclusive", true },
            { "endKey", scan.Keys.Last },
            { "endKeyInclusive", true },
        };
        return new("COUNT_SCAN")
        {
            CountsFirst = true,
            Fields = kept.Add("indexBounds", bounds).Build(),
            Counters = new DocumentBuilder { { "keysExamined", (int)scan.Returned + 1 } }.Build(),
            Returned = scan.Returned,
            Examined = scan.Returned + 1,
        };
    }

    private PlanNode Distinct(PlanNode node, DocumentQuery query)
    {
        var key = context.Arguments.RequiredString("key");
        var reader = new CollectionReader(view, collection!);
        if (DistinctCommand.IndexFor(reader, query, key) is not { } index)
        {
            return node;
        }

        var bounds = new DocumentBuilder();
        foreach (var part in index.Parts)
        {
            bounds.Add(part.Path.Text, RawValue.Array([ValueInterval.All.Show(part.IsDescending)]));
        }

        var scan = new PlanNode("DISTINCT_SCAN")
        {
            Fields = PlanTree.IndexFields(index).Add("direction", "forward").Add("indexBounds", bounds).Build(),
            Counters = new DocumentBuilder { { "keysExamined", (int)node.Returned } }.Build(),
            Returned = node.Returned,
        };
        var transform = new DocumentBuilder { { "_id", 0 }, { key, 1 } };
        return Above(scan, "PROJECTION_COVERED", new DocumentBuilder { { "transformBy", transform } }, node.Returned);
    }

    private Func<PlanNode, PlanNode> Written(string stage, bool isMulti) =>
        node =>
        {
            var count = (int)(isMulti ? node.Returned : Math.Min(1, node.Returned));
            var counters =
                stage == "DELETE"
                    ? new DocumentBuilder { { "nWouldDelete", count } }
                    : new DocumentBuilder
                    {
                        { "nMatched", count },
                        { "nWouldModify", count },
                        { "nWouldUpsert", 0 },
                    };
            return new(stage) { Counters = counters.Build(), Inputs = [node] };
        };

    private static PlanNode Above(PlanNode node, string stage, DocumentBuilder fields, long returned) =>
        new(stage)
        {
            Fields = fields.Build(),
            Returned = returned,
            Inputs = [node],
        };
}
