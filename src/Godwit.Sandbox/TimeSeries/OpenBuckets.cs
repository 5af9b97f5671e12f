using System.Buffers.Binary;
using System.Security.Cryptography;
using Godwit.Bson;
using Godwit.Sandbox.Catalog;

namespace Godwit.Sandbox.TimeSeries;

/// <summary>
/// The buckets of this process that may take further measurements, one per source. A bucket that somebody else changed meanwhile
/// is not used again. Call with the write lock held.
/// </summary>
internal sealed class OpenBuckets
{
    private const int OpenMax = 10_000;
    private readonly Dictionary<(uint Ident, string Source), RawDocument> open = [];
    private readonly Dictionary<uint, BucketFigures> figures = [];
    private ulong next = BinaryPrimitives.ReadUInt64BigEndian(RandomNumberGenerator.GetBytes(8));

    /// <summary>The bucket of a source as it was last written here.</summary>
    internal RawDocument? Find(CollectionInfo buckets, RawValue meta) =>
        open.TryGetValue(Key(buckets, meta), out var bucket) ? bucket : null;

    /// <summary>An <c>_id</c> for a bucket: its beginning, then what rises by one from bucket to bucket.</summary>
    internal RawValue NewId(long startMilliseconds)
    {
        Span<byte> id = stackalloc byte[12];
        BinaryPrimitives.WriteUInt32BigEndian(id, (uint)(startMilliseconds / 1000));
        BinaryPrimitives.WriteUInt64BigEndian(id[4..], next++);
        return RawValue.ObjectId(id);
    }

    /// <summary>Notes the bucket that takes further measurements.</summary>
    internal void Keep(CollectionInfo buckets, RawValue meta, RawDocument written)
    {
        if (open.Count >= OpenMax)
        {
            open.Clear();
        }

        open[Key(buckets, meta)] = written;
    }

    /// <summary>What was done with the buckets of a collection.</summary>
    internal BucketFigures FiguresOf(CollectionInfo buckets)
    {
        lock (figures)
        {
            return figures.TryGetValue(buckets.Ident, out var known) ? known : figures[buckets.Ident] = new();
        }
    }

    /// <summary>The same, as <c>collStats</c> shows it.</summary>
    internal DocumentBuilder Describe(CollectionInfo buckets) =>
        FiguresOf(buckets).Describe(open.Keys.Count(key => key.Ident == buckets.Ident));

    private static (uint, string) Key(CollectionInfo buckets, RawValue meta) =>
        (buckets.Ident, meta.IsMissing ? "" : Convert.ToHexString(KeyString.Encode(meta)));
}
