using Godwit.Bson;

namespace Godwit.Sandbox.Commands;

/// <summary><c>appendOplogNote</c>: an oplog entry that changes nothing, to move the clock.</summary>
internal sealed class AppendOplogNoteCommand : SynchronousCommand
{
    /// <inheritdoc/>
    public override CommandTraits Traits { get; } =
        new("appendOplogNote")
        {
            Fields = CommandTraits.FieldSet("data", "maxClusterTime"),
            IsAdminOnly = true,
            TakesWriteConcern = true,
            NamesCollection = false,
            Help = "Adds a no-op entry to the oplog",
        };

    /// <inheritdoc/>
    protected override RawDocument Execute(CommandContext context)
    {
        var data = context.Arguments.RequiredDocument("data");
        if (
            context.Body["maxClusterTime"] is { Type: BsonType.Timestamp } limit
            && context.Node.LastApplied.Time >= limit.AsTimestamp
        )
        {
            throw new Errors.CommandException(
                Errors.ErrorCode.StaleClusterTime,
                "Requested maxClusterTime is not newer than the current clusterTime"
            );
        }

        _ = context.Node.AppendNoOp(data);
        return RawDocument.Empty;
    }
}
