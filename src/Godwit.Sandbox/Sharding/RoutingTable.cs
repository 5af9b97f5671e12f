using System.Collections.Immutable;
using Godwit.Bson;
using Godwit.Sandbox.Storage;
using Godwit.Sandbox.TimeSeries;

namespace Godwit.Sandbox.Sharding;

/// <summary>What the config servers know of where everything is, at one moment.</summary>
internal sealed class RoutingTable
{
    /// <summary>A cluster without databases.</summary>
    internal static readonly RoutingTable Empty = new([], [], []);

    private readonly ImmutableDictionary<string, DatabaseEntry> databases;
    private readonly ImmutableDictionary<Namespace, ShardedCollection> collections;

    private static long made;

    private RoutingTable(
        IReadOnlyList<ShardEntry> shards,
        IEnumerable<DatabaseEntry> databases,
        IEnumerable<ShardedCollection> collections
    )
    {
        Shards = shards;
        this.databases = databases.ToImmutableDictionary(entry => entry.Name, StringComparer.Ordinal);
        this.collections = collections.ToImmutableDictionary(entry => entry.Namespace);
    }

    /// <summary>Which one it is of those that this process has made.</summary>
    internal long Number { get; } = Interlocked.Increment(ref made);

    /// <summary>The shards, by name.</summary>
    internal IReadOnlyList<ShardEntry> Shards { get; }

    /// <summary>The databases.</summary>
    internal IEnumerable<DatabaseEntry> Databases => databases.Values;

    /// <summary>The collections that are sharded or tracked.</summary>
    internal IEnumerable<ShardedCollection> Collections => collections.Values;

    /// <summary>Reads the config servers' collections.</summary>
    internal static RoutingTable Load(Node node)
    {
        using var view = node.View();
        return Of(
            All(view, ConfigNames.Shards),
            All(view, ConfigNames.Databases),
            All(view, ConfigNames.Collections),
            All(view, ConfigNames.Chunks)
        );
    }

    /// <summary>Of the documents of the config servers' collections.</summary>
    internal static RoutingTable Of(
        IReadOnlyList<RawDocument> shards,
        IReadOnlyList<RawDocument> databases,
        IReadOnlyList<RawDocument> collections,
        IReadOnlyList<RawDocument> chunks
    )
    {
        var parts = chunks.ToLookup(chunk => chunk["uuid"].AsUuid);
        return new(
            [.. shards.Select(ShardEntry.FromDocument).OrderBy(shard => shard.Name, StringComparer.Ordinal)],
            [.. databases.Select(DatabaseEntry.FromDocument)],
            [.. collections.Select(document => new ShardedCollection(document, parts[document["uuid"].AsUuid]))]
        );
    }

    /// <summary>The documents it was made of, as far as routing goes by them.</summary>
    internal (
        IReadOnlyList<RawDocument> Shards,
        IReadOnlyList<RawDocument> Databases,
        IReadOnlyList<RawDocument> Collections,
        IReadOnlyList<RawDocument> Chunks
    ) ToDocuments() =>
        (
            [.. Shards.Select(shard => shard.ToDocument())],
            [.. Databases.Select(database => database.ToDocument())],
            [.. Collections.Select(collection => collection.Document)],
            [
                .. Collections.SelectMany(collection =>
                    collection.Chunks.Select(chunk => chunk.ToDocument(collection.Uuid))
                ),
            ]
        );

    /// <summary>A database's entry.</summary>
    internal DatabaseEntry? Database(string name) => databases.GetValueOrDefault(name);

    /// <summary>A sharded or tracked collection.</summary>
    internal ShardedCollection? Find(Namespace ns) => collections.GetValueOrDefault(ns);

    /// <summary>The name under which a collection is sharded: of a time-series collection, that of its buckets.</summary>
    internal Namespace NameOf(Namespace ns)
    {
        var buckets = TimeSeriesCollection.BucketsOf(ns);
        return Find(ns) is null && Find(buckets) is { IsUnsplittable: false } ? buckets : ns;
    }

    /// <summary>The collection of a UUID.</summary>
    internal ShardedCollection? Find(Guid uuid) => collections.Values.FirstOrDefault(entry => entry.Uuid == uuid);

    private static List<RawDocument> All(ReadView view, Namespace ns) =>
        view.Catalog.Find(ns) is { } collection
            ? [.. new CollectionReader(view, collection).Scan().Select(record => record.Document)]
            : [];
}
