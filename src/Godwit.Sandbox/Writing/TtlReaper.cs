using System.Buffers;
using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Writing;

/// <summary>Deletes documents whose time is over: those of TTL indexes, and those of clustered collections that expire.</summary>
internal sealed class TtlReaper(Member member)
{
    private const int GroupCountMax = 100;
    private const double SecondsMax = int.MaxValue;
    private DateTimeOffset next = member.Time.GetUtcNow();

    /// <summary>Makes a pass if the server's parameters say that one is due.</summary>
    internal void RunIfDue()
    {
        var now = member.Time.GetUtcNow();
        if (now < next)
        {
            return;
        }

        next = now.AddSeconds(member.Parameters["ttlMonitorSleepSecs"].ToInt64() ?? 60);
        if (member.IsPrimary && member.Parameters["ttlMonitorEnabled"].IsTruthy())
        {
            Run();
        }
    }

    /// <summary>Deletes everything that has expired by now.</summary>
    internal void Run()
    {
        foreach (var collection in member.Node.Catalog.Latest.Collections.Where(one => one.IsReplicated))
        {
            foreach (var index in collection.Indexes.Where(one => one.IsReady && one.Spec.Has("expireAfterSeconds")))
            {
                Reap(collection, reader => Expired(reader, index));
            }

            if (collection.IsClustered && collection.Options["expireAfterSeconds"].IsNumber)
            {
                Reap(collection, ExpiredByCluster);
            }
        }
    }

    private void Reap(CollectionInfo collection, Func<CollectionReader, IEnumerable<StoredRecord>> find)
    {
        var node = member.Node;
        int removed;
        do
        {
            lock (node.WriteLock)
            {
                try
                {
                    removed = node.AcceptsWrites ? RemoveGroup(node, collection, find) : 0;
                }
                catch (CommandException)
                {
                    // Writes are blocked, or this member has just lost its role: the next pass tries again.
                    return;
                }
            }
        } while (removed == GroupCountMax);
    }

    private static int RemoveGroup(
        Node node,
        CollectionInfo collection,
        Func<CollectionReader, IEnumerable<StoredRecord>> find
    )
    {
        if (node.Catalog.Latest.Find(collection.Uuid) is not { } current)
        {
            return 0;
        }

        using var operation = new WriteOperation(node);
        var removed = 0;
        foreach (var record in find(operation.Reader(current)).Take(GroupCountMax).ToList())
        {
            try
            {
                operation.Remove(current, record);
                removed++;
            }
            catch (ClaimedException)
            {
                // An open transaction has it: a later pass will find it or not.
            }
        }

        if (removed > 0)
        {
            operation.Commit();
        }

        return removed;
    }

    private IEnumerable<StoredRecord> Expired(CollectionReader reader, IndexInfo index)
    {
        var part = index.Key.First();
        if (Cutoff(index.Spec["expireAfterSeconds"]) is not { } cutoff || index.Key.Count() != 1)
        {
            return [];
        }

        var isDescending = part.Value.ToInt64() < 0;
        var (oldest, newest) = (RawValue.DateTime(long.MinValue), RawValue.DateTime(cutoff));
        var lower = Key(isDescending ? newest : oldest, isDescending, KeyString.Before);
        var upper = Key(isDescending ? oldest : newest, isDescending, KeyString.After);
        return reader
            .ScanIndex(index, lower, upper, isForward: true)
            .DistinctBy(record => record.Key, ByteOrder.Equality);
    }

    /// <summary>Clustered documents expire by their <c>_id</c>; buckets once the last time they can hold has.</summary>
    private IEnumerable<StoredRecord> ExpiredByCluster(CollectionReader reader)
    {
        var options = reader.Collection.Options;
        if (Cutoff(options["expireAfterSeconds"]) is not { } cutoff)
        {
            return [];
        }

        var span = options["timeseries"] is { Type: BsonType.Document } series
            ? series.AsDocument["bucketMaxSpanSeconds"].ToInt64() ?? 0
            : 0;
        return reader
            .Scan()
            .Where(record => TimeOf(record.Document["_id"]) is { } time && time + (span * 1000) <= cutoff);
    }

    private static long? TimeOf(RawValue id) =>
        id.Type switch
        {
            BsonType.DateTime => id.AsDateTimeMilliseconds,
            BsonType.ObjectId => System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(id.Bytes.Span) * 1000L,
            _ => null,
        };

    /// <summary>The newest time that has expired; seconds that are no number never pass.</summary>
    private long? Cutoff(RawValue seconds)
    {
        var after = seconds.Type == BsonType.Double ? seconds.AsDouble : seconds.ToInt64() ?? SecondsMax;
        after = double.IsNaN(after) ? SecondsMax : Math.Clamp(after, 0, SecondsMax);
        return member.Time.GetUtcNow().ToUnixTimeMilliseconds() - (long)(after * 1000);
    }

    private static byte[] Key(RawValue time, bool isDescending, byte end)
    {
        var buffer = new ArrayBufferWriter<byte>(16);
        KeyString.Append(buffer, time, isDescending);
        buffer.Write<byte>([end]);
        return buffer.WrittenSpan.ToArray();
    }
}
