using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Sharding;

/// <summary>Snapshot reads through routers: what has been dropped or renamed since cannot be read any more (sessions-sharded/sharded_snapshot_reads).</summary>
internal static class PlacementHistory
{
    /// <summary>Refuses a read of a name that stood for another collection at the time of the snapshot than it does now.</summary>
    internal static void Check(CommandContext context, ReadView view, Namespace ns, CollectionInfo? then)
    {
        if (
            context.Request.Routing is not null
            && context.Statement.Transaction is null
            && view.IsFixed
            && then is not null
            && context.Node.Catalog.Latest.Find(ns)?.Uuid != then.Uuid
        )
        {
            throw new CommandException(
                ErrorCode.SnapshotUnavailable,
                $"Encountered non-retryable error during query :: caused by :: Collection {ns} has undergone a catalog change and no longer satisfies the requirements for the current transaction."
            );
        }
    }
}
