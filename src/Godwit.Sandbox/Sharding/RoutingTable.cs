using System.Collections.Immutable;
using Godwit.Bson;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Sharding;

/// <summary>What the config servers know of where everything is, at one moment.</summary>
internal sealed class RoutingTable
{
    /// <summary>A cluster without databases.</summary>
    internal static readonly RoutingTable Empty = new([], [], []);

    private readonly ImmutableDictionary<string, DatabaseEntry> databases;
    private readonly ImmutableDictionary<Namespace, ShardedCollection> collections;

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
        var chunks = All(view, ConfigNames.Chunks).ToLookup(chunk => chunk["uuid"].AsUuid);
        return new(
            [
                .. All(view, ConfigNames.Shards)
                    .Select(ShardEntry.FromDocument)
                    .OrderBy(shard => shard.Name, StringComparer.Ordinal),
            ],
            [.. All(view, ConfigNames.Databases).Select(DatabaseEntry.FromDocument)],
            [
                .. All(view, ConfigNames.Collections)
                    .Select(document => new ShardedCollection(document, chunks[document["uuid"].AsUuid])),
            ]
        );
    }

    /// <summary>A database's entry.</summary>
    internal DatabaseEntry? Database(string name) => databases.GetValueOrDefault(name);

    /// <summary>A sharded or tracked collection.</summary>
    internal ShardedCollection? Find(Namespace ns) => collections.GetValueOrDefault(ns);

    /// <summary>The collection of a UUID.</summary>
    internal ShardedCollection? Find(Guid uuid) => collections.Values.FirstOrDefault(entry => entry.Uuid == uuid);

    private static List<RawDocument> All(ReadView view, Namespace ns) =>
        view.Catalog.Find(ns) is { } collection
            ? [.. new CollectionReader(view, collection).Scan().Select(record => record.Document)]
            : [];
}
