using Godwit.Bson;
using Godwit.Sandbox.Aggregation.Stages;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Reading;

/// <summary>What a name stands for when it is read: a collection, and the stages of the views on the way to it.</summary>
/// <param name="Collection">The collection; <see langword="null"/> if there is none.</param>
/// <param name="Stages">Stages before those of the command, outermost view last.</param>
internal sealed record ResolvedSource(CollectionInfo? Collection, IReadOnlyList<RawDocument> Stages)
{
    private const int DepthMax = 20;

    /// <summary>Follows views to the collection beneath.</summary>
    internal static ResolvedSource Resolve(CatalogSnapshot catalog, Namespace ns)
    {
        var stages = new List<RawDocument>();
        var current = catalog.Find(ns);
        for (var depth = 0; current is { IsView: true } view; depth++)
        {
            if (depth >= DepthMax)
            {
                throw new CommandException(
                    ErrorCode.ViewDepthLimitExceeded,
                    $"View depth too deep or view cycle detected; maximum depth is {DepthMax}"
                );
            }

            stages.InsertRange(0, view.Options["pipeline"].AsDocument.Values().Select(stage => stage.AsDocument));
            current = catalog.Find(new Namespace(ns.Database, view.Options["viewOn"].AsString));
        }

        return new(current, stages);
    }

    /// <summary>The documents as the views show them.</summary>
    internal IEnumerable<RawDocument> Documents(StageContext context)
    {
        if (Collection is null)
        {
            return [];
        }

        var pipeline = Pipeline.Parse(Stages, context.Inside(PipelinePlace.View, Collection.Namespace));
        return pipeline.Run(new CollectionReader(context.View!, Collection).Scan().Select(record => record.Document));
    }
}
