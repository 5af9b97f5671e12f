namespace Godwit.Engine.Preflight;

/// <summary>What only a sharded cluster can have (C12).</summary>
internal static class ShardChecks
{
    /// <summary>Chunks that are too large to be moved: on the source harmless, since they are laid out anew.</summary>
    internal static Finding Jumbo(ClusterFacts cluster, string side)
    {
        var id = $"jumbo-chunks-{side}";
        return cluster.JumboCollections.Count == 0
            ? Finding.Passed(id, $"No chunk of the {side} is marked as jumbo.")
            : Finding.Warning(
                id,
                $"Collections of the {side} have chunks that are marked as jumbo, which no balancer moves: {PreflightChecks.List(cluster.JumboCollections)}.",
                "They are read like all others and laid out anew. A key with few values gives such chunks again: consider refining it (refineCollectionShardKey)."
            );
    }
}
