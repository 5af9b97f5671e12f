using Godwit.Bson;

namespace Godwit.Sandbox.ChangeStreams;

/// <summary>What a stream watches: a collection, a database, or the whole cluster.</summary>
/// <param name="Database">Watched database; <see langword="null"/> for the cluster.</param>
/// <param name="Collection">Watched collection; <see langword="null"/> for a database or the cluster.</param>
internal readonly record struct ChangeStreamScope(string? Database, string? Collection)
{
    internal static ChangeStreamScope Cluster => default;

    internal bool IsCollection => Collection is not null;

    internal bool IsDatabase => Database is not null && Collection is null;

    /// <summary>Whether events of this namespace belong to the stream.</summary>
    internal bool Covers(Namespace ns, bool showSystemEvents)
    {
        if (ns.Database is "admin" or "config" or "local")
        {
            return false;
        }

        if (IsCollection)
        {
            return ns.Database == Database && ns.Collection == Collection;
        }

        return (Database is null || ns.Database == Database)
            && (!IsHidden(ns.Collection) || (showSystemEvents && IsShownSystemCollection(ns.Collection)));
    }

    private static bool IsHidden(string collection) =>
        collection.StartsWith("system.", StringComparison.Ordinal) || collection.StartsWith('$');

    private static bool IsShownSystemCollection(string collection) =>
        collection.StartsWith("system.buckets.", StringComparison.Ordinal)
        || collection.StartsWith("system.resharding.", StringComparison.Ordinal)
        || collection is "system.views" or "system.js";
}
