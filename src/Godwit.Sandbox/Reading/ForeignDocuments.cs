using Godwit.Bson;
using Godwit.Sandbox.Aggregation.Stages;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Reading;

/// <summary>Reads another collection, or a view, for a stage of a pipeline.</summary>
internal static class ForeignDocuments
{
    /// <summary>The documents of a name that match a filter; none where nothing has that name.</summary>
    internal static IEnumerable<RawDocument> Read(StageContext context, Namespace ns, RawDocument filter)
    {
        if (context.Elsewhere is { } elsewhere)
        {
            return new DocumentQuery(context.Query, filter).FindIn(elsewhere(ns)).Select(record => record.Document);
        }

        if (context.View is not { } view)
        {
            throw new InvalidOperationException("this pipeline may not look at collections");
        }

        var source = ResolvedSource.Resolve(view.Catalog, ns);
        var query = new DocumentQuery(context.Query, filter);
        if (source is { Collection: not null, Stages.Count: 0 })
        {
            return query.Find(new CollectionReader(view, source.Collection)).Select(record => record.Document);
        }

        return query.FindIn(source.Documents(context)).Select(record => record.Document);
    }
}
