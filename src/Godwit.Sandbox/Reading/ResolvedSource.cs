using Godwit.Bson;
using Godwit.Sandbox.Aggregation.Stages;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Storage;
using Godwit.Sandbox.TimeSeries;

namespace Godwit.Sandbox.Reading;

/// <summary>What a name stands for when it is read: a collection, and the stages of the views on the way to it.</summary>
/// <param name="Collection">The collection; <see langword="null"/> if there is none.</param>
/// <param name="Stages">Stages before those of the command, outermost view last.</param>
internal sealed record ResolvedSource(CollectionInfo? Collection, IReadOnlyList<RawDocument> Stages)
{
    private const int DepthMax = 20;

    /// <summary>Whether the documents of the collection are buckets, to be taken apart first.</summary>
    internal bool IsPacked => Stages.Count > 0 && Stages[0].First().NameIs("$_internalUnpackBucket");

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

    /// <summary>The same as a request of a router's meets it: measurements of buckets, where there is no view too.</summary>
    internal static ResolvedSource Resolve(ReadView view, Namespace ns)
    {
        var found = Resolve(view.Catalog, ns);
        return
            found is { Collection: null, Stages.Count: 0 }
            && view.Routing?.Table.Find(TimeSeriesCollection.BucketsOf(ns)) is { IsUnsplittable: false }
            && view.Catalog.Find(TimeSeriesCollection.BucketsOf(ns)) is { } buckets
            && buckets.Options["timeseries"] is { Type: BsonType.Document } options
            ? new(
                buckets,
                [
                    .. TimeSeriesCollection
                        .ViewOptions(ns, BucketOptions.FromStored(options.AsDocument), default)["pipeline"]
                        .AsDocument.Values()
                        .Select(stage => stage.AsDocument),
                ]
            )
            : found;
    }

    /// <summary>The documents as the views show them.</summary>
    internal IEnumerable<RawDocument> Documents(StageContext context)
    {
        if (Collection is null)
        {
            return [];
        }

        var documents = new CollectionReader(context.View!, Collection).Scan().Select(record => record.Document);
        var stages = IsPacked ? [.. Stages.Skip(1)] : Stages;
        var pipeline = Pipeline.Parse(stages, context.Inside(PipelinePlace.View, Collection.Namespace));
        return pipeline.Run(IsPacked ? Unpacked(documents, Stages[0].First().Value.AsDocument) : documents);
    }

    private static IEnumerable<RawDocument> Unpacked(IEnumerable<RawDocument> buckets, RawDocument unpack)
    {
        var (time, meta) = (unpack["timeField"].AsString, unpack["metaField"]);
        return buckets.SelectMany(bucket =>
            Bucket.Unpack(bucket, time, meta.Type == BsonType.String ? meta.AsString : null)
        );
    }
}
