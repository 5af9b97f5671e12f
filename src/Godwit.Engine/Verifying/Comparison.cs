using Godwit.Bson;
using Godwit.Engine.Ports;
using Godwit.Engine.Reporting;

namespace Godwit.Engine.Verifying;

/// <summary>What a stand-alone comparison found.</summary>
/// <param name="Collections">One entry a namespace of either side.</param>
/// <param name="Differences">Differences, at most <see cref="Comparison.DifferencesMax"/> of each collection.</param>
internal sealed record ComparisonOutcome(
    IReadOnlyList<ReportedCollection> Collections,
    IReadOnlyList<ReportedDifference> Differences
)
{
    /// <summary>Whether both sides are the same, in data, options and indexes.</summary>
    internal bool IsIdentical => Differences.Count == 0;
}

/// <summary>
/// Compares two clusters that nobody is migrating (<c>godwit verify</c>, E05): each collection read once on either side at one time,
/// in the same order, and every document held against its counterpart. Writes during it show as differences.
/// </summary>
internal sealed class Comparison(ICluster source, ICluster destination, TimeProvider time)
{
    /// <summary>Differences of one collection that are named before it is given up as different.</summary>
    internal const int DifferencesMax = 1000;

    private const int CollectionsAtATime = 4;

    /// <summary>Compares everything on both sides but the engine's own database.</summary>
    /// <param name="destinationAt">The time at which documents of the destination are read; <see langword="null"/> for now.</param>
    /// <param name="said">Told the namespace of each collection when it has been compared.</param>
    /// <param name="cancellationToken">Ends the comparison without a result.</param>
    internal async Task<ComparisonOutcome> RunAsync(
        ClusterTime? destinationAt,
        Action<ReportedCollection> said,
        CancellationToken cancellationToken
    )
    {
        var here = await source.ListCatalogueAsync(null, cancellationToken);
        var there = await destination.ListCatalogueAsync(null, cancellationToken);
        var pairs = Pair(here, there);
        var results = new (ReportedCollection Collection, IReadOnlyList<ReportedDifference> Differences)[pairs.Count];
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = CollectionsAtATime,
            CancellationToken = cancellationToken,
        };
        await Parallel.ForEachAsync(
            Enumerable.Range(0, pairs.Count),
            options,
            async (index, token) =>
            {
                results[index] = await CompareAsync(pairs[index], here.After, destinationAt ?? there.After, token);
                said(results[index].Collection);
            }
        );
        return new([.. results.Select(r => r.Collection)], [.. results.SelectMany(r => r.Differences)]);
    }

    private static List<(CollectionDescription? Source, CollectionDescription? Destination)> Pair(
        Catalogue here,
        Catalogue there
    )
    {
        var sources = Visible(here);
        var destinations = Visible(there);
        return
        [
            .. sources
                .Keys.Union(destinations.Keys)
                .OrderBy(name => name.ToString(), StringComparer.Ordinal)
                .Select(name => (sources.GetValueOrDefault(name), destinations.GetValueOrDefault(name))),
        ];
    }

    private static Dictionary<Namespace, CollectionDescription> Visible(Catalogue catalogue) =>
        catalogue.Collections.Where(one => one.Name.Database != ReservedNames.Database).ToDictionary(one => one.Name);

    private async Task<(ReportedCollection Collection, IReadOnlyList<ReportedDifference> Differences)> CompareAsync(
        (CollectionDescription? Source, CollectionDescription? Destination) pair,
        ClusterTime sourceTime,
        ClusterTime destinationTime,
        CancellationToken cancellationToken
    )
    {
        var name = (pair.Source ?? pair.Destination)!.Name;
        if (pair is not ({ } here, { } there))
        {
            var what = pair.Source is null ? "only on the destination" : "only on the source";
            return (Row(name, pair.Source ?? pair.Destination!, new DocumentSums(), false), [Definition(name, what)]);
        }

        var differences = DefinitionComparison.Compare(here, there).Select(what => Definition(name, what)).ToList();
        var documents = new DocumentComparison(name, time);
        if (here.Kind == CollectionKind.Collection && there.Kind == CollectionKind.Collection)
        {
            var order = here.Options["capped"].IsTruthy() ? ReadOrder.Natural : ReadOrder.ById;
            await documents.RunAsync(
                source.ReadRangeAsync(new(here.Address, sourceTime, default, default, order), cancellationToken),
                destination.ReadRangeAsync(
                    new(there.Address, destinationTime, default, default, order),
                    cancellationToken
                ),
                cancellationToken
            );
            differences.AddRange(documents.Differences);
        }

        return (Row(name, here, documents.SourceSums, differences.Count == 0), differences);
    }

    private static ReportedCollection Row(
        Namespace name,
        CollectionDescription one,
        DocumentSums sums,
        bool isIdentical
    ) =>
        new(
            name.ToString(),
            one.Kind == CollectionKind.View ? "view" : "collection",
            sums.Documents,
            sums.Bytes,
            DocumentSums.TextOf(sums.Sum),
            one.Indexes.Count,
            isIdentical
        );

    private ReportedDifference Definition(Namespace name, string what) =>
        new(name.ToString(), "", what, "", "", time.GetUtcNow(), IsHealed: false);
}
