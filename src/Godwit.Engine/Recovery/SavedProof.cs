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
internal sealed record SavedProof(ClusterTime Source, ClusterTime Destination, ClusterIdentity Cluster, long Mark)
{
    private const string Id = "proof";

    /// <summary>The one among the documents of its collection; <see langword="null"/> if there is none.</summary>
    internal static SavedProof? Parse(IReadOnlyList<RawDocument> documents) =>
        documents.Count == 0
            ? null
            : new(
                documents[0]["source"].AsTimestamp,
                documents[0]["destination"].AsTimestamp,
                new("", documents[0]["set"].AsString, documents[0]["term"].AsInt64, new(0, 0), ClusterTime.Zero),
                documents[0].TryGet("mark", out var mark) ? mark.AsInt64 : 0
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
        }.Build();
}
