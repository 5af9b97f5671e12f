using Godwit.Bson;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Recovery;

/// <summary>
/// Up to when the ranges that are kept as verified are known to be equal: what changed on either side after these times is compared
/// again by whoever goes on from it (S21, S22).
/// </summary>
/// <param name="Source">The barrier on the source: changes after it are looked at again.</param>
/// <param name="Destination">Everything on the destination up to this time had been seen when that barrier was passed.</param>
/// <param name="Cluster">Who the destination was: with another history its stream tells nothing of what happened since.</param>
/// <param name="Mark">
/// The mark that every shard of a sharded destination had by then. What is kept here is on one of them: another may be restored to an
/// older state and this not with it, as it would be on a replica set. 0 there.
/// </param>
/// <param name="Placements">
/// How the collections of a sharded destination were placed before that mark. What has moved since came to its shard without an event and
/// behind the mark: that shard may be restored to between the two, and lack it.
/// </param>
internal sealed record SavedProof(
    ClusterTime Source,
    ClusterTime Destination,
    ClusterIdentity Cluster,
    long Mark,
    IReadOnlySet<string> Placements
)
{
    private const string Id = "proof";

    /// <summary>
    /// Whether what is kept of the collections of a sharded destination says something of what is there now.
    /// </summary>
    /// <param name="mark">The oldest of the marks that its shards have now.</param>
    internal bool IsOnAllShards(long mark) => Mark > 0 && mark >= Mark;

    /// <summary>Whether a collection is where it was.</summary>
    internal bool IsInPlace(string placement) => Placements.Contains(placement);

    /// <summary>The one among the documents of its collection; <see langword="null"/> if there is none.</summary>
    internal static SavedProof? Parse(IReadOnlyList<RawDocument> documents) =>
        documents.Count == 0
            ? null
            : new(
                documents[0]["source"].AsTimestamp,
                documents[0]["destination"].AsTimestamp,
                new("", documents[0]["set"].AsString, documents[0]["term"].AsInt64, new(0, 0), ClusterTime.Zero),
                documents[0].TryGet("mark", out var mark) ? mark.AsInt64 : 0,
                documents[0].TryGet("placements", out var placements)
                    ? placements.AsDocument.Values().Select(one => one.AsString).ToHashSet(StringComparer.Ordinal)
                    : new HashSet<string>()
            );

    internal RawDocument ToDocument() =>
        new DocumentBuilder
        {
            { "_id", Id },
            { "source", Source },
            { "destination", Destination },
            { "set", Cluster.ReplicaSetId },
            { "term", Cluster.Term },
            { "mark", Mark },
            { "placements", RawValue.Array(Placements.Select(one => (RawValue)one)) },
        }.Build();
}
