using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Diagnostics;

/// <summary>
/// The figures of a collection: documents and their bytes exactly, as every commit counts them; index bytes from what a sample of
/// its documents takes.
/// </summary>
/// <param name="Bytes">Bytes of the documents.</param>
/// <param name="Records">Number of documents.</param>
/// <param name="Indexes">Bytes of each index.</param>
internal sealed record StorageStats(long Bytes, long Records, IReadOnlyList<(string Name, long Bytes)> Indexes)
{
    private const long BlockBytes = 4096;
    private const int SampleMax = 1000;

    /// <summary>Bytes taken on disk: whole blocks, one at least.</summary>
    internal long StorageBytes => Blocks(Bytes);

    /// <summary>Bytes of all indexes.</summary>
    internal long IndexBytes => Indexes.Sum(index => index.Bytes);

    /// <summary>The figures of a collection now.</summary>
    internal static StorageStats Of(Node node, CollectionInfo collection)
    {
        var size = node.Sizes[collection.Ident];
        using var view = node.View();
        var sample = collection.Indexes.IsEmpty
            ? []
            : new CollectionReader(view, collection).Scan().Take(SampleMax).Select(record => record.Document).ToList();
        return new(
            size.Bytes,
            size.Records,
            [.. collection.Indexes.Select(index => (index.Name, IndexSize(collection, index, sample, size.Records)))]
        );
    }

    /// <summary>The body of <c>collStats</c>, and <c>storageStats</c> of <c>$collStats</c>.</summary>
    internal DocumentBuilder Describe(CollectionInfo collection, long scale)
    {
        var document = new DocumentBuilder
        {
            { "size", RawValue.Narrow(Bytes / scale) },
            { "count", RawValue.Narrow(Records) },
            { "avgObjSize", Records > 0 ? RawValue.Narrow(Bytes / Records) : default },
            { "numOrphanDocs", 0 },
            { "storageSize", RawValue.Narrow(StorageBytes / scale) },
            { "freeStorageSize", 0 },
            { "capped", collection.IsCapped },
        };
        if (collection.IsCapped)
        {
            var max = collection.CappedRecordsMax;
            document
                .Add("max", RawValue.Narrow(max == long.MaxValue ? 0 : max))
                .Add("maxSize", RawValue.Narrow(collection.CappedBytesMax / scale));
        }

        var sizes = new DocumentBuilder();
        foreach (var (name, bytes) in Indexes)
        {
            sizes.Add(name, RawValue.Narrow(bytes / scale));
        }

        var building = collection.Indexes.Where(index => !index.IsReady).Select(index => RawValue.String(index.Name));
        return document
            .Add("nindexes", collection.Indexes.Length)
            .Add("indexBuilds", RawValue.Array(building))
            .Add("totalIndexSize", RawValue.Narrow(IndexBytes / scale))
            .Add("totalSize", RawValue.Narrow((StorageBytes + IndexBytes) / scale))
            .Add("indexSizes", sizes)
            .Add("scaleFactor", RawValue.Narrow(scale));
    }

    private static long IndexSize(
        CollectionInfo collection,
        IndexInfo index,
        IReadOnlyList<RawDocument> sample,
        long records
    )
    {
        var bytes = sample.Sum(document =>
            IndexEntries.Of(index, collection, document, out _).Sum(entry => (long)entry.Length + sizeof(long))
        );
        return Blocks(sample.Count == 0 ? 0 : bytes * records / sample.Count);
    }

    private static long Blocks(long bytes) => Math.Max(1, (bytes + BlockBytes - 1) / BlockBytes) * BlockBytes;
}
