using Godwit.Bson;
using Godwit.Sandbox.Aggregation.Stages;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Reading;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Explaining;

/// <summary>Explains a pipeline: the query its first stages become, then the stages that are left.</summary>
internal static class AggregateExplanation
{
    internal static RawDocument Of(
        CommandContext context,
        Namespace ns,
        RawDocument command,
        ExplainVerbosity verbosity
    )
    {
        using var view = ReadViews.For(context);
        var definitions = new CommandArguments(command, "aggregate").Documents("pipeline") ?? [];
        var collation = Collations.Of(context.Arguments.Document("collation"), view.Catalog.Find(ns));
        var place = StageContext.For(context, ns, collation, context.Arguments.Document("let"), view);
        var pipeline = Pipeline.Parse(definitions, place);
        var resolved = ResolvedSource.Resolve(view, ns);
        IReadOnlyList<RawDocument> whole = [.. resolved.Stages, .. definitions];
        var beneath = resolved with { Stages = [] };
        if (resolved.IsPacked)
        {
            return Unpacked(context, new(place, whole, beneath), verbosity);
        }

        var flat = resolved.Stages.Count == 0 ? pipeline : Pipeline.Parse(whole, place);
        var source = PipelineSource.Of(place, flat, whole, beneath);
        var explanation = new Explanation(context, beneath.Collection?.Namespace ?? ns, verbosity);
        if (source.Query is null && !flat.HasSource)
        {
            return Planned(explanation, new("EOF"), RawDocument.Empty, 0, 0);
        }

        if (source.Query is not { } query)
        {
            return Staged(explanation, whole, []);
        }

        var tree = new PlanTree(new CollectionReader(view, beneath.Collection!), query, explanation.Runs)
        {
            OwnedBy = explanation.OwnedBy(beneath.Collection, query.Filter),
        };
        var root = tree.Root();
        var keys = tree.UsesIndex ? tree.Examined : 0;
        if (source.StagesDone == whole.Count)
        {
            return Planned(explanation, root, query.Filter.Source, keys, tree.Examined);
        }

        var cursor = new DocumentBuilder
        {
            { "queryPlanner", explanation.Planner(query.Filter.Source, root, isPipeline: true) },
            { "executionStats", explanation.Execution(root, keys, tree.Examined) },
        };
        RawDocument first = new DocumentBuilder { { "$cursor", cursor } }.Build();
        return Staged(explanation, whole.Skip(source.StagesDone), [first]);
    }

    /// <summary>Buckets are all read, one after the other, and taken apart before any other stage.</summary>
    private static RawDocument Unpacked(CommandContext context, Measurements of, ExplainVerbosity verbosity)
    {
        _ = Pipeline.Parse([.. of.Stages.Skip(1)], of.Place);
        var buckets = of.Beneath.Collection!;
        var explanation = new Explanation(context, buckets.Namespace, verbosity);
        var query = new DocumentQuery(of.Place.Query, RawDocument.Empty);
        var tree = new PlanTree(new CollectionReader(of.Place.View!, buckets), query, explanation.Runs)
        {
            OwnedBy = explanation.OwnedBy(buckets, query.Filter),
        };
        var root = tree.Root();
        var cursor = new DocumentBuilder
        {
            { "queryPlanner", explanation.Planner(query.Filter.Source, root, isPipeline: true) },
            { "executionStats", explanation.Execution(root, 0, tree.Examined) },
        };
        return Staged(explanation, of.Stages, [new DocumentBuilder { { "$cursor", cursor } }.Build()]);
    }

    private sealed record Measurements(StageContext Place, IReadOnlyList<RawDocument> Stages, ResolvedSource Beneath);

    private static RawDocument Planned(
        Explanation explanation,
        PlanNode root,
        RawDocument filter,
        long keys,
        long documents
    )
    {
        var parts = new DocumentBuilder
        {
            { "explainVersion", "1" },
            { "queryPlanner", explanation.Planner(filter, root, isPipeline: true) },
            { "executionStats", explanation.Execution(root, keys, documents) },
        };
        return explanation.Reply(parts, hasShape: true);
    }

    private static RawDocument Staged(
        Explanation explanation,
        IEnumerable<RawDocument> rest,
        IReadOnlyList<RawDocument> first
    )
    {
        var stages = RawValue.Array(first.Concat(rest).Select(RawValue.Document));
        return explanation.Reply(new() { { "explainVersion", "1" }, { "stages", stages } }, hasShape: true);
    }
}
