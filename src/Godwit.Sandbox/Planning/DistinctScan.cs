using System.Buffers;
using Godwit.Bson;
using Godwit.Sandbox.Indexes;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Planning;

/// <summary>One record for each value of an index's first part: from each it skips to the first key with another value.</summary>
internal static class DistinctScan
{
    internal static IEnumerable<StoredRecord> Records(CollectionReader reader, PlannedIndex index)
    {
        byte[] lower = [];
        while (reader.ScanIndex(index.Info!, lower, null, isForward: true).FirstOrDefault() is { Key: not null } record)
        {
            var value = new KeyExpansion(index.Parts, isSparse: false).Expand(record.Document).Rows[0][0];
            if (value.Type == BsonType.Null)
            {
                // Documents without the field have this key too, and only those with it have the value.
                foreach (var other in NullRecords(reader, index, lower))
                {
                    yield return other;
                }
            }
            else
            {
                yield return record;
            }

            var buffer = new ArrayBufferWriter<byte>(32);
            index.Keys.Append(buffer, index.Parts[0], value);
            buffer.Write([KeyString.After]);
            lower = buffer.WrittenSpan.ToArray();
        }
    }

    private static IEnumerable<StoredRecord> NullRecords(CollectionReader reader, PlannedIndex index, byte[] lower)
    {
        var buffer = new ArrayBufferWriter<byte>(8);
        index.Keys.Append(buffer, index.Parts[0], RawValue.Null);
        buffer.Write([KeyString.After]);
        return reader.ScanIndex(index.Info!, lower, buffer.WrittenSpan.ToArray(), isForward: true);
    }
}
