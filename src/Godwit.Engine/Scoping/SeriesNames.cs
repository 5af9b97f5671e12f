using Godwit.Bson;

namespace Godwit.Engine.Scoping;

/// <summary>A time-series collection is a view over a collection of its buckets; the names of both, one from the other (S31).</summary>
internal static class SeriesNames
{
    internal const string Prefix = "system.buckets.";

    internal static bool IsBuckets(Namespace name) => name.Collection.StartsWith(Prefix, StringComparison.Ordinal);

    internal static Namespace BucketsOf(Namespace view) => view with { Collection = Prefix + view.Collection };

    internal static Namespace ViewOf(Namespace buckets) =>
        buckets with
        {
            Collection = buckets.Collection[Prefix.Length..],
        };
}
