using Godwit.Bson;
using Godwit.Sandbox.Aggregation.Stages;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Reading;

namespace Godwit.Sandbox.Commands;

/// <summary>What the definition of a view may be.</summary>
internal static class ViewRules
{
    private const int DepthMax = 20;

    /// <summary>Refuses pipelines that are none, that write, and views that in the end look at themselves.</summary>
    internal static void Check(CommandContext context, Namespace ns, RawDocument options)
    {
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
        foreach (var name in Sources(options))
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
    private static IEnumerable<string> Sources(RawDocument options)
    {
        yield return options["viewOn"].AsString;
        foreach (var stage in options["pipeline"].AsDocument.Values())
        {
            var (name, value) = (stage.AsDocument.First().Name, stage.AsDocument.First().Value);
            var source =
                name == "$unionWith" && value.Type == BsonType.String ? value
                : value.Type != BsonType.Document ? default
                : name == "$unionWith" ? value.AsDocument["coll"]
                : name is "$lookup" or "$graphLookup" ? value.AsDocument["from"]
                : default;
            if (source.Type == BsonType.String)
            {
                yield return source.AsString;
            }
        }
    }
}
