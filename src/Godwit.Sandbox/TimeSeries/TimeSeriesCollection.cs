using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.TimeSeries;

/// <summary>
/// A time-series collection: a view of the user's name over a clustered collection of buckets. What is written under the name goes
/// into buckets; buckets written under their own name are documents like any other (S31).
/// </summary>
/// <param name="View">The view; <see langword="null"/> on a shard that has buckets only, since the database's primary shard keeps views.</param>
/// <param name="Buckets">The buckets.</param>
/// <param name="Options">Which fields say when and of what.</param>
internal sealed record TimeSeriesCollection(CollectionInfo? View, CollectionInfo Buckets, BucketOptions Options)
{
    private const string Prefix = "system.buckets.";

    /// <summary>What every bucket document must look like.</summary>
    private static RawDocument Validator(string timeField)
    {
        var time = Object(
            ("bsonType", "object"),
            ("required", RawValue.Array([timeField])),
            ("properties", Object((timeField, Object(("bsonType", "date")))))
        );
        var control = Object(
            ("bsonType", "object"),
            ("required", RawValue.Array(["version", "min", "max"])),
            (
                "properties",
                Object(
                    ("version", Object(("bsonType", "number"))),
                    ("min", time),
                    ("max", time),
                    ("closed", Object(("bsonType", "bool"))),
                    ("count", Object(("bsonType", "number"), ("minimum", 1)))
                )
            ),
            ("additionalProperties", false)
        );
        var properties = Object(
            ("_id", Object(("bsonType", "objectId"))),
            ("control", control),
            ("data", Object(("bsonType", "object"))),
            ("meta", RawDocument.Empty)
        );
        var schema = Object(
            ("bsonType", "object"),
            ("required", RawValue.Array(["_id", "control", "data"])),
            ("properties", properties),
            ("additionalProperties", false)
        );
        return new DocumentBuilder { { "$jsonSchema", schema } }.Build();
    }

    /// <summary>The name of the collection behind a time-series collection.</summary>
    internal static Namespace BucketsOf(Namespace ns) => new(ns.Database, Prefix + ns.Collection);

    /// <summary>Whether a name is that of a collection of buckets.</summary>
    internal static bool IsBuckets(Namespace ns) => ns.Collection.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>The name a collection of buckets is seen under.</summary>
    internal static Namespace ViewOf(Namespace buckets) => new(buckets.Database, buckets.Collection[Prefix.Length..]);

    /// <summary>The time-series collection of a name, if it is one.</summary>
    internal static TimeSeriesCollection? Find(CatalogSnapshot catalog, Namespace ns) =>
        catalog.Find(ns) is { IsView: true } view
        && view.Options["viewOn"].AsString == Prefix + ns.Collection
        && catalog.Find(BucketsOf(ns)) is { } buckets
        && buckets.Options["timeseries"] is { Type: BsonType.Document } options
            ? new(view, buckets, BucketOptions.FromStored(options.AsDocument))
            : null;

    /// <summary>The same as the command meets it: one that a router sends is for the buckets, where there is no view too.</summary>
    internal static TimeSeriesCollection? Find(CommandContext context, Namespace ns)
    {
        var catalog = context.Node.Catalog.Latest;
        return Find(catalog, ns)
            ?? (
                context.Request.Routing?.Table.Find(BucketsOf(ns)) is { IsUnsplittable: false }
                && catalog.Find(ns) is null
                && catalog.Find(BucketsOf(ns)) is { } buckets
                && buckets.Options["timeseries"] is { Type: BsonType.Document } options
                    ? new(null, buckets, BucketOptions.FromStored(options.AsDocument))
                    : null
            );
    }

    /// <summary>Makes one: buckets, the index over source and time, the view; each with an oplog entry of its own.</summary>
    internal static void Create(WriteOperation operation, Namespace ns, BucketOptions options, RawDocument others)
    {
        var stored = new DocumentBuilder
        {
            { "storageEngine", others["storageEngine"] },
            { "indexOptionDefaults", others["indexOptionDefaults"] },
            { "validator", Validator(options.TimeField) },
            { "collation", others["collation"] },
            { "clusteredIndex", true },
            { "expireAfterSeconds", others["expireAfterSeconds"] },
            { "timeseries", options.Stored },
        };
        var node = operation.Node;
        var bucketsName = IsBuckets(ns) ? ns : BucketsOf(ns);
        using (var step = new WriteOperation(node))
        {
            _ = CatalogWriter.Create(step, bucketsName, stored.Build());
            step.Commit();
        }

        if (options.MetaField is { } meta)
        {
            using var step = new WriteOperation(node);
            _ = IndexCatalog.AddToEmpty(step, step.Find(bucketsName)!, FirstIndex(options.TimeField, meta));
            step.Commit();
        }

        if (IsBuckets(ns))
        {
            return;
        }

        using var last = new WriteOperation(node);
        ViewCatalog.Create(last, ns, ViewOptions(ns, options, others["collation"]));
        last.Commit();
    }

    /// <summary>Drops the view, then the buckets; gives the number of indexes they had.</summary>
    internal int Drop(WriteOperation operation)
    {
        if (View is { } view)
        {
            using var step = new WriteOperation(operation.Node);
            ViewCatalog.Drop(step, view);
            step.Commit();
        }

        using var last = new WriteOperation(operation.Node);
        CatalogWriter.Drop(last, last.Find(Buckets.Namespace)!);
        last.Commit();
        return Buckets.Indexes.Length;
    }

    /// <summary>What the view is stored as.</summary>
    internal static RawDocument ViewOptions(Namespace ns, BucketOptions options, RawValue collation)
    {
        var unpack = new DocumentBuilder
        {
            { "timeField", options.TimeField },
            { "metaField", options.MetaField is { } meta ? meta : RawValue.Missing },
            { "bucketMaxSpanSeconds", options.SpanSeconds },
        };
        var stage = new DocumentBuilder { { "$_internalUnpackBucket", unpack } }.Build();
        return new DocumentBuilder
        {
            { "viewOn", BucketsOf(ns).Collection },
            { "pipeline", RawValue.Array([stage]) },
            { "collation", collation },
        }.Build();
    }

    /// <summary>The refusal of buckets that belong to nothing.</summary>
    internal static CommandException WithoutOptions() =>
        new(
            ErrorCode.IllegalOperation,
            "Creation of a timeseries bucket collection without timeseries options is not allowed"
        );

    /// <summary>The refusal of a bucket document that cannot be one, whatever validation says.</summary>
    internal static void CheckBucket(CollectionInfo collection, RawDocument document)
    {
        if (collection.Options.Has("timeseries") && document["control"].Type != BsonType.Document)
        {
            throw new CommandException(6781400, "Time series bucket document is missing 'control' field");
        }
    }

    private static RawDocument FirstIndex(string time, string meta) =>
        new DocumentBuilder
        {
            { "v", 2 },
            { "name", $"{meta}_1_{time}_1" },
            {
                "key",
                new DocumentBuilder
                {
                    { "meta", 1 },
                    { "control.min." + time, 1 },
                    { "control.max." + time, 1 },
                }
            },
        }.Build();

    private static RawValue Object(params (string Name, RawValue Value)[] fields)
    {
        var builder = new DocumentBuilder();
        foreach (var (name, value) in fields)
        {
            builder.Add(name, value);
        }

        return builder;
    }
}
