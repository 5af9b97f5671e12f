using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Commands;

/// <summary>Refuses read concerns that a command, or what it reads, does not take.</summary>
internal static class ReadConcernSupport
{
    /// <summary>Refuses a level the command does not take. The statements of a transaction all read its snapshot.</summary>
    internal static void Check(CommandContext context)
    {
        var level = context.ReadConcern.Level;
        if (level == ReadConcernLevel.Local || context.Session.IsTransaction)
        {
            return;
        }

        if (!context.Traits.TakesReadConcern)
        {
            throw Refused(context, "read concern not supported");
        }

        if (level == ReadConcernLevel.Snapshot && !context.Traits.TakesSnapshot)
        {
            throw Refused(context, "read concern snapshot not supported");
        }
    }

    /// <summary>Refuses snapshot reads of collections that keep no history.</summary>
    internal static void CheckCollection(CommandContext context, Catalog.CollectionInfo? collection)
    {
        if (collection is null || context.ReadConcern.Level != ReadConcernLevel.Snapshot)
        {
            return;
        }

        // assertReadConcernSupported in the db_raii.cpp of these releases.
        if (collection.IsCapped && !context.Member.Profile.Version.Knows(Novelties.SnapshotReadsOfCapped))
        {
            throw new CommandException(
                ErrorCode.SnapshotUnavailable,
                "Reading from capped collections with readConcern snapshot is not supported"
            );
        }

        if (collection.IsCapped && !collection.IsReplicated)
        {
            throw new CommandException(
                ErrorCode.SnapshotUnavailable,
                "Reading from non replicated capped collections with readConcern snapshot is not supported"
            );
        }

        if (collection.Namespace == Transactions.SessionTable.Records)
        {
            throw new CommandException(
                5557800,
                "Snapshot reads and causal consistent majority reads on config.transactions are not supported"
            );
        }
    }

    private static CommandException Refused(CommandContext context, string reason)
    {
        var concern = new DocumentBuilder
        {
            {
                "readConcern",
                new DocumentBuilder().AddAll(context.Body["readConcern"].AsDocument).Add("provenance", "clientSupplied")
            },
        }.Build();
        return new(
            ErrorCode.InvalidOptions,
            $"Command {context.Request.Name} does not support {concern} :: caused by :: {reason}"
        );
    }
}
