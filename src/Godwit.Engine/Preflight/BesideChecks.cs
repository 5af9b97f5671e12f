using System.Globalization;

namespace Godwit.Engine.Preflight;

/// <summary>What the source has that is not migrated, or not as it is there: said before the start, with how to carry it over.</summary>
internal static class BesideChecks
{
    private const int NamesShown = 10;

    internal static IEnumerable<Finding> Run(ClusterFacts source, PreflightOptions options)
    {
        yield return SearchIndexes(source, options);
        yield return QuerySettings(source);
        yield return Encrypted(source);
        if (source.Shape == ClusterShape.Sharded)
        {
            yield return UnevenIndexes(source);
        }
    }

    private static Finding SearchIndexes(ClusterFacts source, PreflightOptions options)
    {
        const string id = "search-indexes";
        var indexed = source.SearchIndexed?.Where(options.Scope.Includes).ToList();
        return indexed switch
        {
            null => Finding.Passed(
                id,
                "Whether the source has search indexes could not be asked: they would not be migrated."
            ),
            { Count: 0 } => Finding.Passed(id, "The source has no search indexes."),
            _ => Finding.Warning(
                id,
                $"Search indexes are kept outside the server and are not migrated. These collections have some: {PreflightChecks.List(indexed)}.",
                "After the cutover run: godwit copy-settings, which creates them on a destination that has search, from their definitions on the source."
            ),
        };
    }

    private static Finding QuerySettings(ClusterFacts source)
    {
        const string id = "query-settings";
        return source.QuerySettings is { } count and > 0
            ? Finding.Warning(
                id,
                $"The source has {count.ToString(CultureInfo.InvariantCulture)} query settings, which are of the cluster and not of a collection: they are not migrated.",
                "After the cutover run: godwit copy-settings"
            )
            : Finding.Passed(id, "No query settings are known of the source.");
    }

    /// <summary>Every write passes validation (S15), which is what the server asks for to take fields that it would else keep to itself.</summary>
    private static Finding Encrypted(ClusterFacts source)
    {
        const string id = "encrypted-collections";
        var encrypted = source.Namespaces.Where(one => one.IsEncrypted).Select(one => one.Name).ToList();
        return encrypted.Count == 0
            ? Finding.Passed(id, "No collection of the source has Queryable Encryption.")
            : Finding.Warning(
                id,
                $"Collections with Queryable Encryption arrive as they are, with their state collections (enxcol_.*): {PreflightChecks.List(encrypted)}. Whether values that are queried are found on a copy has been tried on no real server yet.",
                "Let the collection that holds the data keys be migrated too, and read and query them on the destination of a rehearsal first."
            );
    }

    private static Finding UnevenIndexes(ClusterFacts source)
    {
        const string id = "uneven-indexes";
        var names = string.Join(", ", source.UnevenIndexes.Take(NamesShown));
        var more = source.UnevenIndexes.Count - NamesShown;
        return source.UnevenIndexes.Count == 0
            ? Finding.Passed(id, "No index is known to differ between the source's shards.")
            : Finding.Warning(
                id,
                FormattableString.Invariant(
                    $"Not all shards of the source have these indexes, or not in the same form: {names}{(more > 0 ? $" and {more} more" : "")}. The destination gets them as the router lists them."
                ),
                "Create them on the source (createIndexes makes them where they are missing), or drop them there."
            );
    }
}
