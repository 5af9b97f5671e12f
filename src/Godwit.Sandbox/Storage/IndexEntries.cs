using System.Buffers.Binary;
using Godwit.Bson;
using Godwit.Sandbox.Catalog;

namespace Godwit.Sandbox.Storage;

/// <summary>What is stored of a document in an index: for each key its key string, followed by the record key.</summary>
internal static class IndexEntries
{
    /// <summary>The key strings of a document in an index, end byte included.</summary>
    internal static List<byte[]> Of(
        IndexInfo index,
        CollectionInfo collection,
        RawDocument document,
        out bool isMultikey
    )
    {
        isMultikey = false;
        return index.IsIdIndex ? [IdKey(document["_id"], collection)] : index.Keys.Generate(document, out isMultikey);
    }

    /// <summary>The key string of an <c>_id</c>, end byte included.</summary>
    internal static byte[] IdKey(RawValue id, CollectionInfo collection) => KeyString.Encode(id, collection.Collation);

    /// <summary>The value stored with an entry: how long its key string is.</summary>
    internal static byte[] Value(byte[] entry)
    {
        var value = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(value, entry.Length);
        return value;
    }

    /// <summary>Where in an entry the record key begins.</summary>
    internal static int KeyLength(ReadOnlySpan<byte> value) => BinaryPrimitives.ReadInt32LittleEndian(value);
}
