using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Recovery;

/// <summary>What is known of a source's history since this migration last followed it (S20).</summary>
internal enum HistoryState
{
    /// <summary>It is the same and reaches back far enough.</summary>
    Same,

    /// <summary>It no longer reaches back to where the migration stopped: what happened in between is not known.</summary>
    Lost,

    /// <summary>It is another one: another cluster, or an older copy of this one.</summary>
    Changed,
}

/// <summary>A finding about the source's history, in words.</summary>
internal readonly record struct HistoryFinding(HistoryState State, string Message)
{
    internal static readonly HistoryFinding Same = new(HistoryState.Same, "");

    /// <summary>What a person is told when a changed history was not expected.</summary>
    internal MigrationFailedException ToFailure() =>
        new(
            "SourceHistoryChanged",
            $"The source's history is not the one this migration has followed: {Message}. What was copied so far may hold what the source no longer has.",
            "If the source is meant to be as it is now, run again with --accept-history-change: everything is compared, and what differs is copied again. Otherwise give the connection string of the right cluster."
        );
}

/// <summary>
/// Judges whether the source still has the history a migration followed (S20). Identity, term and clock tell the plain cases; a
/// high-water mark proves nothing after a restore, so the last event's own token is looked for too.
/// </summary>
internal static class HistoryCheck
{
    /// <summary>The server looked for the token's event in its oplog, which covers its time, and did not find it.</summary>
    private const int TokenNotFound = 280;

    /// <summary>Judges by what the cluster says of itself.</summary>
    internal static HistoryFinding Judge(ClusterIdentity? before, ClusterIdentity now, ClusterTime floor)
    {
        if (before is null)
        {
            return HistoryFinding.Same;
        }

        if (!string.Equals(before.ReplicaSetId, now.ReplicaSetId, StringComparison.Ordinal))
        {
            return Changed(
                $"its {(now.IsSharded ? "cluster" : "replica set")} id is {now.ReplicaSetId} and was {before.ReplicaSetId}"
            );
        }

        if (now.Term < before.Term)
        {
            return Changed($"its election term went back from {before.Term} to {now.Term}");
        }

        var shards = now.Shards.ToDictionary(one => one.Name, StringComparer.Ordinal);
        foreach (var earlier in before.Shards.Where(one => shards.ContainsKey(one.Name)))
        {
            var shard = shards[earlier.Name];
            if (!string.Equals(shard.ReplicaSetId, earlier.ReplicaSetId, StringComparison.Ordinal))
            {
                return Changed(
                    $"the replica set id of its shard {shard.Name} is {shard.ReplicaSetId} and was {earlier.ReplicaSetId}"
                );
            }

            if (shard.Term < earlier.Term)
            {
                return Changed(
                    $"the election term of its shard {shard.Name} went back from {earlier.Term} to {shard.Term}"
                );
            }
        }

        return now.OperationTime < floor
            ? Changed($"its time went back to {now.OperationTime}, before {floor} that was applied already")
            : HistoryFinding.Same;
    }

    /// <summary>Judges by a refused change stream that resumed after an event's token, or at a position.</summary>
    internal static HistoryFinding Judge(ClusterException refused, bool isEvent)
    {
        if (refused.Code == TokenNotFound)
        {
            return Changed("the last event that was seen is not in its oplog");
        }

        // An event may be older than the oplog while the position, a later high-water mark, is still within it.
        return isEvent
            ? HistoryFinding.Same
            : new(
                HistoryState.Lost,
                "The source's oplog no longer reaches back to where this migration stopped (HistoryLost)"
            );
    }

    private static HistoryFinding Changed(string message) => new(HistoryState.Changed, message);
}
