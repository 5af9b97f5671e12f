using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Replication;

namespace Godwit.Sandbox.Commands;

/// <summary>The commands that ask and steer the replica set.</summary>
internal static class ReplicaSetCommands
{
    private const int OplogMegabytesMin = 990;

    /// <summary>One of each.</summary>
    internal static IReadOnlyList<ICommand> All { get; } =
    [
        Make("replSetFreeze", Freeze),
        Make("replSetGetConfig", GetConfig),
        Make("replSetGetRBID", context => new() { { "rbid", Replica(context).Node.RollbackId } }),
        Make("replSetGetStatus", ReplicaStatus.Build),
        new InitiateCommand(),
        Make("replSetMaintenance", Maintain),
        new ReconfigCommand(),
        Make("replSetResizeOplog", ResizeOplog),
        new StepDownCommand(),
        Make("replSetStepUp", StepUp),
        Make("replSetSyncFrom", SyncFrom),
    ];

    /// <summary>The member's part in its set; refuses on a standalone.</summary>
    internal static ReplicaMember Replica(CommandContext context)
    {
        var replica =
            context.Member.Replica
            ?? throw new CommandException(ErrorCode.NoReplicationEnabled, "not running with --replSet");
        return replica.CurrentConfig is null
            ? throw new CommandException(
                ErrorCode.NotYetInitialized,
                "no replset config has been received",
                new DocumentBuilder { { "info", "run rs.initiate(...) if not yet done for the set" } }.Build()
            )
            : replica;
    }

    private static DocumentBuilder GetConfig(CommandContext context)
    {
        var replica = Replica(context);
        var showsNewlyAdded = context.Body["$_internalIncludeNewlyAdded"].IsTruthy();
        var reply = new DocumentBuilder { { "config", replica.Config.ToDocument(showsNewlyAdded) } };
        if (!context.Body["commitmentStatus"].IsTruthy())
        {
            return reply;
        }

        return replica.IsPrimary
            ? reply.Add("commitmentStatus", replica.IsConfigCommitted)
            : throw new CommandException(
                ErrorCode.NotWritablePrimary,
                "commitmentStatus is only supported on primary."
            );
    }

    private static AnswerCommand Make(string name, Func<CommandContext, DocumentBuilder> answer) =>
        new(
            new CommandTraits(name)
            {
                IsAdminOnly = true,
                OnSecondary = SecondaryUse.Always,
                Help = "see http://dochub.mongodb.org/core/replicasetcommands",
            },
            answer
        );

    private static DocumentBuilder ResizeOplog(CommandContext context)
    {
        _ = Replica(context);
        if (context.Body["minRetentionHours"] is { IsNumber: true } hours)
        {
            var given = hours.Type == BsonType.Double ? hours.AsDouble : hours.ToInt64() ?? 0;
            if (given < 0)
            {
                throw new CommandException(
                    ErrorCode.BadValue,
                    $"BSON field 'minRetentionHours' value must be >= 0, actual value '{given}'"
                );
            }

            context.Node.Oplog.RetentionMin = TimeSpan.FromHours(given);
        }

        if (context.Body["size"] is not { IsNumber: true } size)
        {
            return [];
        }

        var megabytes = size.Type == BsonType.Double ? size.AsDouble : size.ToInt64() ?? 0;
        if (megabytes < OplogMegabytesMin)
        {
            throw new CommandException(
                ErrorCode.BadValue,
                $"BSON field 'size' value must be >= {OplogMegabytesMin}, actual value '{megabytes}'"
            );
        }

        lock (context.Node.WriteLock)
        {
            context.Node.Oplog.Resize((long)(megabytes * 1024 * 1024));
        }

        return [];
    }

    private static DocumentBuilder Freeze(CommandContext context)
    {
        var replica = Replica(context);
        if (replica.IsPrimary)
        {
            throw new CommandException(
                ErrorCode.NotSecondary,
                "Cannot freeze node when primary or running for election, state: Primary"
            );
        }

        var seconds = context.Body["replSetFreeze"].ToInt64() ?? 0;
        replica.Freeze(TimeSpan.FromSeconds(seconds));
        return seconds switch
        {
            0 => new() { { "info", "unfreezing" } },
            1 => new() { { "warning", "you really want to freeze for only 1 second?" } },
            _ => [],
        };
    }

    private static DocumentBuilder Maintain(CommandContext context)
    {
        var replica = Replica(context);
        if (replica.IsPrimary)
        {
            throw new CommandException(ErrorCode.NotSecondary, "primaries can't modify maintenance mode");
        }

        replica.SetMaintenance(context.Body["replSetMaintenance"].IsTruthy());
        return [];
    }

    private static DocumentBuilder StepUp(CommandContext context)
    {
        var replica = Replica(context);
        if (replica.IsPrimary || replica.StandForElection("stepUpRequest"))
        {
            return [];
        }

        throw new CommandException(ErrorCode.CommandFailed, "Election failed.");
    }

    private static DocumentBuilder SyncFrom(CommandContext context)
    {
        var host = context.Arguments.RequiredString("replSetSyncFrom");
        return Replica(context).Config.MemberAt(host) is not null
            ? new() { { "syncFromRequested", host } }
            : throw new CommandException(ErrorCode.NodeNotFound, $"Could not find member \"{host}\" in replica set");
    }
}
