using Godwit.Engine.Faults;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Recovery;

/// <summary>Notices that the source is another cluster, or an older copy of itself (S20): nothing is claimed of it then.</summary>
internal static class HistoryCheck
{
    internal static void Require(ClusterIdentity? before, ClusterIdentity now)
    {
        if (before is null)
        {
            return;
        }

        if (!string.Equals(before.ReplicaSetId, now.ReplicaSetId, StringComparison.Ordinal))
        {
            throw new MigrationFailedException(
                "SourceHistoryChanged",
                $"The source is another cluster than before: replica set id {now.ReplicaSetId} instead of {before.ReplicaSetId}.",
                "Give the connection string of the cluster the migration began with, or discard the migration (--cancel)."
            );
        }

        if (now.Term < before.Term)
        {
            throw new MigrationFailedException(
                "SourceHistoryChanged",
                $"The source's election term went back from {before.Term} to {now.Term}: it was restored from an older copy.",
                "Discard the migration (--cancel) and start it again."
            );
        }
    }

    internal static MigrationFailedException Lost(ClusterException fault) =>
        new(
            "SourceHistoryLost",
            $"The source's oplog no longer reaches back to where this migration stopped: {fault.Message}",
            "Enlarge the source's oplog, discard the migration (--cancel) and start it again.",
            fault
        );
}
