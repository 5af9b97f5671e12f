using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;
using Godwit.Engine.Reporting;
using Godwit.Engine.Scoping;

namespace Godwit.Engine.Verifying;

/// <summary>What a stand-alone comparison found.</summary>
/// <param name="Collections">One entry a namespace of either side.</param>
/// <param name="Differences">Differences, at most about <see cref="Comparison.DifferencesMax"/> of each collection.</param>
/// <param name="Settled">Documents that differed at first and were found equal when looked at again: they were being written to.</param>
internal sealed record ComparisonOutcome(
    IReadOnlyList<ReportedCollection> Collections,
    IReadOnlyList<ReportedDifference> Differences,
    long Settled
)
{
    /// <summary>Whether both sides are the same, in data, options and indexes.</summary>
    internal bool IsIdentical => Differences.Count == 0;
}

/// <summary>
/// Compares two clusters from outside (<c>godwit verify</c>, E05): each collection is read once on either side, in the same order, and
/// every document held against its counterpart. While they are written to, what differs is looked at again until it settles.
/// </summary>
internal sealed class Comparison(
    ICluster source,
    ICluster destination,
    NamespaceScope scope,
    bool ignoreExisting,
    TimeProvider time
)
{
    /// <summary>Differences of one collection that are named before it is given up as different.</summary>
    internal const int DifferencesMax = 1000;

    private const int CollectionsAtATime = 4;

    /// <summary>How long an election or a lost connection is waited out.</summary>
    private static readonly TimeSpan OutageMax = TimeSpan.FromMinutes(2);

    private readonly RetryPolicy retry = RetryPolicy.Within(OutageMax, time);

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
        var here = await retry.RunAsync(token => source.ListCatalogueAsync(null, token), cancellationToken);
        var there = await retry.RunAsync(token => destination.ListCatalogueAsync(null, token), cancellationToken);
        var pairs = Pair(here, there).Where(pair => pair.Source is not null || !ignoreExisting).ToList();
        var results = new (ReportedCollection Collection, IReadOnlyList<ReportedDifference> Differences)[pairs.Count];
        var documents = new CollectionComparison(
            source,
            destination,
            destinationAt,
            await PassingAsync(cancellationToken),
            retry
        );
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
                results[index] = await CompareAsync(documents, pairs[index], token);
                said(results[index].Collection);
            }
        );
        return new(
            [.. results.Select(r => r.Collection)],
            [.. results.SelectMany(r => r.Differences)],
            documents.Settled
        );
    }

    /// <summary>Which side reads capped collections at no time (S8).</summary>
    private async Task<PassingReads> PassingAsync(CancellationToken cancellationToken)
    {
        var here = await retry.RunAsync(source.IdentifyAsync, cancellationToken);
        var there = await retry.RunAsync(destination.IdentifyAsync, cancellationToken);
        return new(here.Version < PassingReads.AtTimeSince, there.Version < PassingReads.AtTimeSince);
    }

    private IEnumerable<(CollectionDescription? Source, CollectionDescription? Destination)> Pair(
        Catalogue here,
        Catalogue there
    )
    {
        var sources = Visible(here);
        var destinations = Visible(there);
        return sources
            .Keys.Union(destinations.Keys)
            .OrderBy(name => name.ToString(), StringComparer.Ordinal)
            .Select(name => (sources.GetValueOrDefault(name), destinations.GetValueOrDefault(name)));
    }

    private Dictionary<Namespace, CollectionDescription> Visible(Catalogue catalogue) =>
        catalogue
            .Collections.Where(one => !ReservedNames.IsReserved(one.Name.Database) && scope.Includes(one.Name))
            .ToDictionary(one => one.Name);

    private async Task<(ReportedCollection Collection, IReadOnlyList<ReportedDifference> Differences)> CompareAsync(
        CollectionComparison documents,
        (CollectionDescription? Source, CollectionDescription? Destination) pair,
        CancellationToken cancellationToken
    )
    {
        var name = (pair.Source ?? pair.Destination)!.Name;
        if (pair is not ({ } here, { } there))
        {
            var what = pair.Source is null ? "only on the destination" : "only on the source";
            return (Row(name, pair.Source ?? pair.Destination!, new(), false), [Definition(name, what)]);
        }

        var differences = DefinitionComparison.Compare(here, there).Select(what => Definition(name, what)).ToList();
        var sums = new CollectionTotals();
        if (here.Kind == CollectionKind.Collection && there.Kind == CollectionKind.Collection)
        {
            (sums, var found) = await documents.CompareAsync(here, there, cancellationToken);
            differences.AddRange(found);
        }

        return (Row(name, here, sums, differences.Count == 0), differences);
    }

    private static ReportedCollection Row(
        Namespace name,
        CollectionDescription one,
        CollectionTotals sums,
        bool isIdentical
    ) =>
        new(
            SeriesNames.Shown(name).ToString(),
            one.Kind == CollectionKind.View ? "view"
                : SeriesNames.IsBuckets(name) ? "time-series"
                : "collection",
            sums.Documents,
            sums.Bytes,
            DocumentSums.TextOf(sums.Sum),
            one.Indexes.Count,
            isIdentical
        );

    private ReportedDifference Definition(Namespace name, string what) =>
        new(SeriesNames.Shown(name).ToString(), "", what, "", "", time.GetUtcNow(), IsHealed: false);
}
