using Godwit.Bson;
using Godwit.Sandbox.Aggregation.Stages;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Reading;
using Godwit.Sandbox.Sharding;

namespace Godwit.Sandbox.Commands;

/// <summary>What the definition of a view may be.</summary>
internal static class ViewRules
{
    private const int DepthMax = 20;

    /// <summary>Refuses pipelines that are none, that write, and views that in the end look at themselves.</summary>
    internal static void Check(CommandContext context, Namespace ns, RawDocument options)
    {
        if (ns.Collection.StartsWith("system.", StringComparison.Ordinal))
        {
            throw new CommandException(
                ErrorCode.InvalidNamespace,
                $"Invalid namespace specified '{ns}': a view cannot be named so"
            );
        }

        IReadOnlyList<RawDocument> stages =
        [
            .. options["pipeline"].AsDocument.Values().Select(stage => stage.AsDocument),
        ];
        for (var i = 0; i < stages.Count; i++)
        {
            if (Pipeline.KindOf(stages[i]).Writes)
            {
                throw new CommandException(
                    ErrorCode.OptionNotSupportedOnView,
                    $"Invalid pipeline for view {ns} :: caused by :: The aggregation stage {stages[i].First().Name} in location {i} of the pipeline cannot be used in the view definition of {ns} because it writes to disk"
                );
            }
        }

        var collation = options["collation"] is { Type: BsonType.Document } given
            ? given.AsDocument
            : (RawDocument?)null;
        var place = StageContext.For(context, ns, Collations.Of(collation), null) with { Place = PipelinePlace.View };
        _ = Pipeline.Parse(stages, place);
        Follow(context.Node.Catalog.Latest, ns, options, [ns]);
    }

    private static void Follow(
        CatalogSnapshot catalog,
        Namespace view,
        RawDocument options,
        IReadOnlyList<Namespace> path
    )
    {
        foreach (var name in Sources(view, options))
        {
            var next = new Namespace(view.Database, name);
            IReadOnlyList<Namespace> longer = [.. path, next];
            if (next == view)
            {
                throw new CommandException(
                    ErrorCode.GraphContainsCycle,
                    $"View cycle detected: {string.Join(" => ", longer)}"
                );
            }

            if (longer.Count > DepthMax + 1)
            {
                throw new CommandException(
                    ErrorCode.ViewDepthLimitExceeded,
                    $"View depth limit exceeded; maximum depth is {DepthMax}"
                );
            }

            if (catalog.Find(next) is { IsView: true } inner)
            {
                Follow(catalog, view, inner.Options, longer);
            }
        }
    }

    /// <summary>What a view reads: the collection it is on, and those its stages bring in.</summary>
    private static IEnumerable<string> Sources(Namespace view, RawDocument options) =>
        ForeignNames
            .Read(options["pipeline"].AsDocument.Values().Select(stage => stage.AsDocument), view.Database)
            .Where(ns => ns.Database == view.Database)
            .Select(ns => ns.Collection)
            .Prepend(options["viewOn"].AsString);
}
