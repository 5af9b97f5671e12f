using System.Globalization;

namespace Godwit.Engine.Preflight;

/// <summary>Whether a filter, a mapping of names and rules for documents fit the source (H09, H10).</summary>
internal static class ScopeChecks
{
    internal static Finding Filter(ClusterFacts source, int everything, PreflightOptions options)
    {
        const string id = "filter";
        var left = source.Namespaces.Count;
        var counted = string.Create(CultureInfo.InvariantCulture, $"{left} of {everything} collections and views");
        if (options.Scope.IsFiltered && options.BlockSourceWrites)
        {
            return Finding.Failed(
                id,
                "A write block covers the whole source, and only a part of it is migrated.",
                "Leave out the write block and stop the applications that write to this part before the cutover; late writes are watched for and named."
            );
        }

        return left == 0
            ? Finding.Warning(
                id,
                "The filter leaves nothing of what the source holds now.",
                "Check its names: what is created or renamed into it later is migrated."
            )
            : Finding.Passed(id, $"The filter leaves {counted}.");
    }

    internal static Finding Rules(ClusterFacts source, PreflightOptions options)
    {
        const string id = "documentRules";
        var ruled = source
            .Namespaces.Where(one => one.Kind != "view" && options.Scope.Documents.For(one.Name) is not null)
            .ToList();
        var barred = ruled.Where(one => one.IsCapped || one.Kind == "timeseries").Select(one => one.Name).ToList();
        return barred.Count > 0
                ? Finding.Failed(
                    id,
                    $"Document rules cover {string.Join(", ", barred)}: of capped and time-series collections all documents go as they are.",
                    "Name the collections each rule is for one by one, or leave these out (--exclude-namespaces)."
                )
            : ruled.Count == 0
                ? Finding.Warning(
                    id,
                    "The document rules are for no collection that the source holds now.",
                    "Check their names: what is created or renamed to one later is migrated by its rule."
                )
            : Finding.Passed(
                id,
                $"Documents of {string.Join(", ", ruled.Select(one => one.Name))} arrive as the rules say."
            );
    }

    internal static Finding Mapping(ClusterFacts source, PreflightOptions options)
    {
        const string id = "mapping";
        var taken = options.Scope.Collisions(source.Namespaces.Select(one => one.Name)).ToList();
        return taken.Count == 0
            ? Finding.Passed(id, "No two databases come together under one name.")
            : Finding.Failed(
                id,
                $"The source has {string.Join(", ", taken)} itself, and another database is mapped to that name.",
                "Leave one of them out, or map it to another name."
            );
    }
}
