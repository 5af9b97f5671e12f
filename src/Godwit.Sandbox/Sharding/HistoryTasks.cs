using Godwit.Bson;
using Godwit.Sandbox.ChangeStreams;

namespace Godwit.Sandbox.Sharding;

/// <summary>
/// What a shard tells a change stream of a router in another process: entries of its oplog, and at once what the events made of them
/// will ask for, since the stream cannot wait in the middle of an event.
/// </summary>
internal static class HistoryTasks
{
    private const int EntriesMax = 1000;
    private const int BytesMax = 4 * 1024 * 1024;

    /// <summary>The entries from a time on.</summary>
    internal static readonly ShardTask Read = ShardTask.Of("readHistory", RunRead);

    /// <summary>Documents as they are now.</summary>
    internal static readonly ShardTask LookUp = ShardTask.Of("lookUpHistory", RunLookUp);

    /// <summary>The argument that names a document.</summary>
    internal static RawValue Named(Namespace ns, RawDocument key) =>
        new DocumentBuilder { { "ns", ns.ToString() }, { "key", key } };

    private static DocumentBuilder RunRead(Member member, TaskInput input)
    {
        var history = new RecordingHistory(new NodeHistory(member.Node));
        var unwinder = new TransactionUnwinder(history);
        var from = input["from"].AsTimestamp;
        var through = history.CommitPoint;
        var (entries, count, bytes) = (new ArrayBuilder(), 0, 0);
        var extras = new Extras(history, input["current"].IsTruthy(), input["preImages"].IsTruthy());
        foreach (var entry in from > through ? [] : history.Read(from, through))
        {
            entries.Add(entry);
            bytes += entry.Length;
            foreach (var operation in unwinder.Unwind(entry))
            {
                extras.Add(operation);
            }

            if (++count == EntriesMax || bytes + history.Bytes + extras.Bytes > BytesMax)
            {
                through = entry["ts"].AsTimestamp;
                break;
            }
        }

        return new()
        {
            { "through", through },
            { "lastApplied", history.LastApplied },
            { "oldest", history.OldestEntry() is { } oldest ? oldest : RawValue.Missing },
            { "entries", entries.Build() },
            { "parts", history.Found.Build() },
            { "currents", extras.Currents.Build() },
            { "images", extras.Images.Build() },
        };
    }

    private static DocumentBuilder RunLookUp(Member member, TaskInput input)
    {
        var history = new NodeHistory(member.Node);
        var found = new ArrayBuilder();
        foreach (var named in input["documents"].AsDocument.Values().Select(named => named.AsDocument))
        {
            var (ns, key) = (Namespace.Parse(named["ns"].AsString), named["key"].AsDocument);
            if (history.FindCurrent(ns, key) is { } current)
            {
                found.Add(Current(ns, key, current));
            }
        }

        return new() { { "currents", found.Build() } };
    }

    private static DocumentBuilder Current(Namespace ns, RawDocument key, RawDocument? current) =>
        new()
        {
            { "ns", ns.ToString() },
            { "key", key },
            { "document", current ?? RawValue.Missing },
        };

    /// <summary>Notes the entries that others led to: the earlier parts of transactions.</summary>
    private sealed class RecordingHistory(NodeHistory inner) : IChangeStreamHistory
    {
        internal ArrayBuilder Found { get; } = new();

        internal int Bytes { get; private set; }

        public ClusterTime CommitPoint => inner.CommitPoint;

        public ClusterTime LastApplied => inner.LastApplied;

        public RawDocument? OldestEntry() => inner.OldestEntry();

        public IEnumerable<RawDocument> Read(ClusterTime from, ClusterTime through) => inner.Read(from, through);

        public RawDocument? FindEntry(ClusterTime time)
        {
            var entry = inner.FindEntry(time);
            if (entry is { } part)
            {
                Found.Add(part);
                Bytes += part.Length;
            }

            return entry;
        }

        public RawDocument? FindCurrent(Namespace ns, RawDocument documentKey) => inner.FindCurrent(ns, documentKey);

        public RawDocument? FindPreImage(Guid collection, ClusterTime time, long index) =>
            inner.FindPreImage(collection, time, index);
    }

    /// <summary>The documents that events of operations show.</summary>
    private sealed class Extras(RecordingHistory history, bool wantsCurrent, bool wantsImages)
    {
        internal ArrayBuilder Currents { get; } = new();

        internal ArrayBuilder Images { get; } = new();

        internal int Bytes { get; private set; }

        internal void Add(OplogOperation operation)
        {
            if (wantsCurrent && operation.Kind == "u")
            {
                var (ns, key) = (operation.Namespace, operation.Operation["o2"].AsDocument);
                var current = history.FindCurrent(ns, key);
                Currents.Add(Current(ns, key, current));
                Bytes += current?.Length ?? 0;
            }

            if (wantsImages && operation is { Kind: "u" or "d", CollectionUuid: { } uuid })
            {
                var (time, index) = operation.PreImageId;
                if (history.FindPreImage(uuid, time, index) is { } image)
                {
                    Images.Add(
                        new DocumentBuilder
                        {
                            { "uuid", RawValue.Uuid(uuid) },
                            { "time", time },
                            { "index", index },
                            { "document", image },
                        }
                    );
                    Bytes += image.Length;
                }
            }
        }
    }
}
