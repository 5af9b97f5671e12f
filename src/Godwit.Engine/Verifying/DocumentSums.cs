using System.IO.Hashing;
using Godwit.Bson;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Verifying;

/// <summary>Sums over the hashes of raw documents: equal sums of equal counts mean equal sets, in any order (S21).</summary>
internal sealed class DocumentSums
{
    internal UInt128 Sum { get; private set; }

    internal long Documents { get; private set; }

    internal long Bytes { get; private set; }

    /// <summary>Hash of one document's bytes.</summary>
    internal static UInt128 HashOf(RawDocument document) => XxHash128.HashToUInt128(document.Bytes.Span);

    /// <summary>A hash or sum as reports write it: 32 hexadecimal digits; nothing for a document that is not there.</summary>
    internal static string TextOf(UInt128? hash) => hash is { } value ? value.ToString("x32", null) : "";

    /// <summary>Reads a range and sums it up.</summary>
    internal static async Task<DocumentSums> OfRangeAsync(
        ICluster cluster,
        RangeRead read,
        CancellationToken cancellationToken
    )
    {
        var sums = new DocumentSums();
        await foreach (var batch in cluster.ReadRangeAsync(read, cancellationToken))
        {
            using (batch)
            {
                sums.Add(batch);
            }
        }

        return sums;
    }

    /// <summary>Reads a range down to the hash of every key.</summary>
    internal static async Task<Dictionary<KeyHash, (RawValue Id, UInt128 Hash)>> OfKeysAsync(
        ICluster cluster,
        RangeRead read,
        FollowedCollection collection,
        CancellationToken cancellationToken
    )
    {
        var keys = new Dictionary<KeyHash, (RawValue, UInt128)>();
        await foreach (var batch in cluster.ReadRangeAsync(read, cancellationToken))
        {
            using (batch)
            {
                Add(batch, collection, keys);
            }
        }

        return keys;
    }

    internal static void Add(
        DocumentBatch batch,
        FollowedCollection collection,
        Dictionary<KeyHash, (RawValue Id, UInt128 Hash)> keys
    )
    {
        foreach (var document in batch)
        {
            var id = document["_id"u8];
            keys[collection.Hash(FollowedCollection.KeyOf(id))] = (new(id.Type, id.Bytes.ToArray()), HashOf(document));
        }
    }

    internal bool IsEqualTo(DocumentSums other) =>
        Sum == other.Sum && Documents == other.Documents && Bytes == other.Bytes;

    /// <summary>Adds all documents of a batch.</summary>
    internal void Add(DocumentBatch batch)
    {
        foreach (var document in batch)
        {
            Sum = unchecked(Sum + HashOf(document));
            Documents++;
            Bytes += document.Length;
        }
    }
}
