using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Diagnostics;

/// <summary><c>collStats</c>, <c>dbStats</c> and <c>dataSize</c>.</summary>
internal static class StatsCommands
{
    /// <summary>The figures of a collection; zeros for one that does not exist.</summary>
    internal static DocumentBuilder Collection(CommandContext context)
    {
        var ns = context.Collection();
        var scale = Scale(context);
        var reply = new DocumentBuilder { { "ns", ns.ToString() } };
        if (TimeSeries.TimeSeriesCollection.Find(context, ns) is { } series)
        {
            return reply.AddAll(TimeSeriesStatistics(context, series, scale));
        }

        if (context.Node.Catalog.Latest.Find(ns) is { } collection)
        {
            return collection.IsView
                ? throw new CommandException(
                    ErrorCode.CommandNotSupportedOnView,
                    $"Namespace {ns} is a view, not a collection"
                )
                : reply.AddAll(StorageStats.Of(context.Node, collection).Describe(collection, scale).Build());
        }

        return reply
            .Add("size", 0)
            .Add("count", 0)
            .Add("numOrphanDocs", 0)
            .Add("storageSize", 0)
            .Add("totalSize", 0)
            .Add("nindexes", 0)
            .Add("totalIndexSize", 0)
            .Add("indexDetails", RawDocument.Empty)
            .Add("indexSizes", RawDocument.Empty)
            .Add("scaleFactor", RawValue.Narrow(scale));
    }

    // Documents there are none of the name: what is counted are buckets.
    private static RawDocument TimeSeriesStatistics(
        CommandContext context,
        TimeSeries.TimeSeriesCollection series,
        long scale
    )
    {
        var buckets = series.Buckets;
        var stats = StorageStats.Of(context.Node, buckets);
        var shown = new DocumentBuilder();
        foreach (var figure in stats.Describe(buckets, scale))
        {
            if (figure.NameIs("count"))
            {
                shown.Add(
                    "timeseries",
                    new DocumentBuilder
                    {
                        { "bucketsNs", buckets.Namespace.ToString() },
                        { "bucketCount", RawValue.Narrow(stats.Records) },
                        {
                            "avgBucketSize",
                            stats.Records > 0 ? RawValue.Narrow(stats.Bytes / stats.Records) : RawValue.Missing
                        },
                    }.AddAll(context.Node.OpenBuckets.Describe(buckets).Build())
                );
            }
            else if (!figure.NameIs("avgObjSize"))
            {
                shown.Add(figure);
            }
        }

        return shown.Build();
    }

    /// <summary>The figures of a database.</summary>
    internal static DocumentBuilder Database(CommandContext context)
    {
        var scale = Scale(context);
        var all = context.Node.Catalog.Latest.InDatabase(context.Database).ToList();
        var collections = all.Where(collection => !collection.IsView).ToList();
        var stats = collections.ConvertAll(collection => StorageStats.Of(context.Node, collection));
        var (objects, bytes) = (stats.Sum(one => one.Records), stats.Sum(one => one.Bytes));
        var (storage, indexes) = (stats.Sum(one => one.StorageBytes), stats.Sum(one => one.IndexBytes));
        var showsFree = context.Body["freeStorage"].IsTruthy();
        var drive = new DriveInfo(context.Node.Engine.Directory);
        return new()
        {
            { "db", context.Database },
            { "collections", (long)collections.Count },
            { "views", (long)(all.Count - collections.Count) },
            { "objects", objects },
            { "avgObjSize", objects == 0 ? 0.0 : (double)bytes / objects },
            { "dataSize", (double)bytes / scale },
            { "storageSize", (double)storage / scale },
            { "freeStorageSize", showsFree ? 0.0 : default(RawValue) },
            { "indexes", (long)collections.Sum(collection => collection.Indexes.Length) },
            { "indexSize", (double)indexes / scale },
            { "indexFreeStorageSize", showsFree ? 0.0 : default(RawValue) },
            { "totalSize", (double)(storage + indexes) / scale },
            { "totalFreeStorageSize", showsFree ? 0.0 : default(RawValue) },
            { "scaleFactor", scale },
            { "fsUsedSize", (double)(drive.TotalSize - drive.AvailableFreeSpace) / scale },
            { "fsTotalSize", (double)drive.TotalSize / scale },
        };
    }

    /// <summary>The bytes of a collection's documents, or of those between two keys of an index.</summary>
    internal static DocumentBuilder DataSize(CommandContext context)
    {
        var started = context.Member.Time.GetTimestamp();
        var ns = Namespace.Parse(context.Arguments.RequiredString("dataSize"));
        var estimates = context.Body["estimate"].IsTruthy();
        using var view = context.Node.View();
        var (bytes, count) = view.Catalog.Find(ns) is { IsView: false } collection
            ? Measure(context, view, collection)
            : (0, 0);
        return new()
        {
            { "size", bytes },
            { "numObjects", count },
            { "millis", (long)context.Member.Time.GetElapsedTime(started).TotalMilliseconds },
            { "estimate", context.Request.Routing is null ? estimates : RawValue.Missing },
        };
    }

    private static (long Bytes, long Count) Measure(CommandContext context, ReadView view, CollectionInfo collection)
    {
        if (context.Arguments.Document("min") is not { } min || context.Arguments.Document("max") is not { } max)
        {
            var size = context.Node.Sizes[collection.Ident];
            return (size.Bytes, size.Records);
        }

        var pattern = context.Arguments.Document("keyPattern") ?? min;
        var name = pattern.First().Name;
        var (lower, upper) = (min.First().Value, max.First().Value);
        var within = new CollectionReader(view, collection)
            .Scan()
            .Select(record => record.Document)
            .Where(document =>
                ValueComparer.Compare(document[name], lower) >= 0 && ValueComparer.Compare(document[name], upper) < 0
            );
        var (bytes, count) = (0L, 0L);
        foreach (var document in within)
        {
            bytes += document.Length;
            count++;
        }

        return (bytes, count);
    }

    private static long Scale(CommandContext context) =>
        context.Arguments.Number("scale") switch
        {
            null => 1,
            < 1 => throw new CommandException(ErrorCode.BadValue, "scale has to be >= 1"),
            { } scale => scale,
        };
}
