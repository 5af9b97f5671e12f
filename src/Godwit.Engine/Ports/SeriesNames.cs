using Godwit.Bson;

namespace Godwit.Engine.Ports;

/// <summary>
/// A time-series collection is a view over a collection of its buckets (S31). The engine speaks of the buckets, whose documents it
/// copies; definitions and people speak of the view.
/// </summary>
internal static class SeriesNames
{
    private const string Prefix = "system.buckets.";

    internal static bool IsBuckets(Namespace name) => name.Collection.StartsWith(Prefix, StringComparison.Ordinal);

    internal static Namespace BucketsOf(Namespace view) => view with { Collection = Prefix + view.Collection };

    /// <summary>The name that people know a collection by.</summary>
    internal static Namespace Shown(Namespace name) =>
        IsBuckets(name) ? name with { Collection = name.Collection[Prefix.Length..] } : name;
}
