using System.Collections.Immutable;
using Godwit.Bson;

namespace Godwit.Sandbox.Catalog;

/// <summary>All collections and views at one moment. Immutable, so that a read keeps the catalog it began with.</summary>
internal sealed class CatalogSnapshot
{
    internal static readonly CatalogSnapshot Empty = new(
        ImmutableSortedDictionary.Create<Namespace, CollectionInfo>(NamespaceOrder.Instance),
        ImmutableDictionary<Guid, CollectionInfo>.Empty
    );

    private readonly ImmutableSortedDictionary<Namespace, CollectionInfo> byName;
    private readonly ImmutableDictionary<Guid, CollectionInfo> byUuid;

    private CatalogSnapshot(
        ImmutableSortedDictionary<Namespace, CollectionInfo> byName,
        ImmutableDictionary<Guid, CollectionInfo> byUuid
    )
    {
        this.byName = byName;
        this.byUuid = byUuid;
    }

    /// <summary>Everything, ordered by name.</summary>
    internal IEnumerable<CollectionInfo> Collections => byName.Values;

    /// <summary>Names of the databases that have a collection, in order.</summary>
    internal IEnumerable<string> Databases => byName.Keys.Select(ns => ns.Database).Distinct(StringComparer.Ordinal);

    /// <summary>The collection or view of a name.</summary>
    internal CollectionInfo? Find(Namespace ns) => byName.GetValueOrDefault(ns);

    /// <summary>The collection of a UUID.</summary>
    internal CollectionInfo? Find(Guid uuid) => byUuid.GetValueOrDefault(uuid);

    /// <summary>The collections and views of a database, ordered by name.</summary>
    internal IEnumerable<CollectionInfo> InDatabase(string database) =>
        byName.Values.Where(collection => collection.Namespace.Database == database);

    /// <summary>With a change made.</summary>
    internal CatalogSnapshot Apply(CatalogChange change)
    {
        var (names, uuids) = (byName, byUuid);
        if (change.Before is { } before)
        {
            names = names.Remove(before.Namespace);
            uuids = uuids.Remove(before.Uuid);
        }

        if (change.After is { } after)
        {
            names = names.SetItem(after.Namespace, after);
            uuids = uuids.SetItem(after.Uuid, after);
        }

        return new(names, uuids);
    }

    private sealed class NamespaceOrder : IComparer<Namespace>
    {
        internal static readonly NamespaceOrder Instance = new();

        public int Compare(Namespace left, Namespace right)
        {
            var order = string.CompareOrdinal(left.Database, right.Database);
            return order != 0 ? order : string.CompareOrdinal(left.Collection, right.Collection);
        }
    }
}
