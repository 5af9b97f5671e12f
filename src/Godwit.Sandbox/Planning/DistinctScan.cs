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
            yield return record;
            var value = new KeyExpansion(index.Parts, isSparse: false).Expand(record.Document).Rows[0][0];
            var buffer = new ArrayBufferWriter<byte>(32);
            index.Keys.Append(buffer, index.Parts[0], value);
            buffer.Write([KeyString.After]);
            lower = buffer.WrittenSpan.ToArray();
        }
    }
}
