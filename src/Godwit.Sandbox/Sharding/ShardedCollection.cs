using Godwit.Bson;

namespace Godwit.Sandbox.Sharding;

/// <summary>
/// The routing table of one collection of <c>config.collections</c>: its key and its chunks in order. Never changed in place. An
/// unsharded collection that is tracked (<c>unsplittable</c>) has one chunk, which may lie on any shard.
/// </summary>
internal sealed class ShardedCollection
{
    internal ShardedCollection(RawDocument document, IEnumerable<RawDocument> chunks)
    {
        Document = document;
        Namespace = Namespace.Parse(document["_id"].AsString);
        Uuid = document["uuid"].AsUuid;
        Key = new(document["key"].AsDocument);
        Chunks =
        [
            .. chunks
                .Select(chunk => Chunk.FromDocument(chunk, Key))
                .OrderBy(chunk => chunk.Lower, Storage.ByteOrder.Comparer),
        ];
    }

    /// <summary>As it is told to a shard, with all its chunks or some.</summary>
    internal DocumentBuilder ToArgument(IEnumerable<Chunk>? chunks = null) =>
        new()
        {
            { "definition", Document },
            { "chunks", RawValue.Array((chunks ?? Chunks).Select(chunk => RawValue.Document(chunk.ToDocument(Uuid)))) },
        };

    /// <summary>Reads what <see cref="ToArgument"/> gave.</summary>
    internal static ShardedCollection FromArgument(RawValue argument) =>
        new(
            argument.AsDocument["definition"].AsDocument,
            argument.AsDocument["chunks"].AsDocument.Values().Select(chunk => chunk.AsDocument)
        );

    /// <summary>The document of <c>config.collections</c>.</summary>
    internal RawDocument Document { get; }

    /// <summary>The collection's name.</summary>
    internal Namespace Namespace { get; }

    /// <summary>The collection's identity.</summary>
    internal Guid Uuid { get; }

    /// <summary>The shard key.</summary>
    internal ShardKeyPattern Key { get; }

    /// <summary>All chunks, in the order of their keys.</summary>
    internal IReadOnlyList<Chunk> Chunks { get; }

    /// <summary>Whether it is only tracked, not sharded.</summary>
    internal bool IsUnsplittable => Document["unsplittable"].IsTruthy();

    /// <summary>The version of the newest change of a chunk.</summary>
    internal ClusterTime Version => Chunks.Select(chunk => chunk.Version).Aggregate(ClusterTime.Max);

    /// <summary>The identity that changes with every new sharding of the name.</summary>
    internal RawValue Epoch => Document["lastmodEpoch"];

    /// <summary>When the collection was sharded.</summary>
    internal ClusterTime Timestamp => Document["timestamp"].AsTimestamp;

    /// <summary>The collation of its strings where a command names none.</summary>
    internal IStringCollation? Collation => Query.Collation.Of(Document["defaultCollation"]);

    /// <summary>Whether the shard key promises uniqueness.</summary>
    internal bool IsUnique => Document["unique"].IsTruthy();

    /// <summary>Whether its chunks may move: <c>setAllowMigrations</c> and <c>sh.disableMigrations()</c> say so.</summary>
    internal bool AllowsMigrations =>
        Document["allowMigrations"] != RawValue.False && Document["permitMigrations"] != RawValue.False;

    /// <summary>The chunk of a key.</summary>
    internal Chunk ChunkOf(RawDocument key) => ChunkOf(Key.Encode(key));

    /// <summary>Which shards own anything of it, now or at a time.</summary>
    internal IReadOnlyList<string> Owners(ClusterTime? time = null) =>
        [.. Chunks.Select(chunk => Owner(chunk, time)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>Whether a shard owns a document, now or at a time. One whose key is an array belongs to nobody.</summary>
    internal bool Owns(string shard, RawDocument document, ClusterTime? time) =>
        Key.TryKeyOf(document) is { } key && Owner(ChunkOf(key), time) == shard;

    /// <summary>Who owns a chunk, now or at a time.</summary>
    internal static string Owner(Chunk chunk, ClusterTime? time) =>
        time is { } at ? chunk.OwnerAt(at) ?? chunk.History[^1].Shard : chunk.Shard;

    private Chunk ChunkOf(byte[] key)
    {
        var (low, high) = (0, Chunks.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) =
                key.AsSpan().SequenceCompareTo(Chunks[middle].Lower) >= 0 ? (middle, high) : (low, middle - 1);
        }

        return Chunks[low];
    }
}
