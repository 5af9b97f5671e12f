using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Replication;

namespace Godwit.Sandbox.Commands;

/// <summary>
/// <c>replSetReconfig</c>: one voting member more or less at a time, each configuration known to a majority before the next; or by force.
/// The order of the checks is that of MongoDB's <c>replication_coordinator_impl.cpp</c>.
/// </summary>
internal sealed class ReconfigCommand : ICommand
{
    private const int ForcedStepMin = 10_000;
    private const int ForcedStepRange = 100_000;

    /// <inheritdoc/>
    public CommandTraits Traits { get; } =
        new("replSetReconfig")
        {
            IsAdminOnly = true,
            OnSecondary = SecondaryUse.Always,
            Help = "Adjust configuration of a replica set",
        };

    /// <inheritdoc/>
    public async ValueTask<RawDocument> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var replica = ReplicaSetCommands.Replica(context);
        if (context.Body["replSetReconfig"] is not { Type: BsonType.Document } given)
        {
            throw new CommandException(ErrorCode.OK, "no configuration specified");
        }

        var isForced = context.Body["force"].IsTruthy();
        if (!isForced)
        {
            if (!replica.IsPrimary)
            {
                throw new CommandException(
                    ErrorCode.NotWritablePrimary,
                    $"New config is rejected :: caused by :: replSetReconfig should only be run on a writable PRIMARY. Current state {ReplicaStatus.Name(replica.State)};"
                );
            }

            await CommitAsync(replica, context, "New config is rejected", cancellationToken).ConfigureAwait(false);
        }

        var next = Read(replica, given.AsDocument, isForced);
        Check(context, replica, next, isForced);
        Quorum.Check(replica, next, mustAllAnswer: false);
        if (!replica.Install(next))
        {
            throw new CommandException(
                ErrorCode.ConfigurationInProgress,
                "Cannot run replSetReconfig because the node is currently updating its configuration"
            );
        }

        replica.Spread();
        if (!isForced)
        {
            await CommitAsync(
                    replica,
                    context,
                    "Reconfig finished but failed to propagate to a majority",
                    cancellationToken
                )
                .ConfigureAwait(false);
        }

        return RawDocument.Empty;
    }

    private static ReplicaConfig Read(ReplicaMember replica, RawDocument given, bool isForced)
    {
        var old = replica.Config;
        ReplicaConfig next;
        try
        {
            next = ReplicaConfigReader.Read(given, old.Id);
        }
        catch (CommandException refused) when (refused.Code != ErrorCode.NotImplemented)
        {
            throw new CommandException(ErrorCode.InvalidReplicaSetConfig, refused.Message);
        }

        if (next.Name != old.Name)
        {
            throw new CommandException(
                ErrorCode.InvalidReplicaSetConfig,
                $"Rejecting reconfig where new config set name differs from command line set name, new config set name: {next.Name}, old config set name: {old.Name}"
            );
        }

        if (next.Members.Any(member => member.IsNewlyAdded))
        {
            throw new CommandException(
                ErrorCode.InvalidReplicaSetConfig,
                "Cannot provide newlyAdded field to member config during reconfig."
            );
        }

        return isForced
            ? next with
            {
                Term = ReplicaConfig.NoTerm,
                Version = Math.Max(old.Version, next.Version) + ForcedStepMin + Random.Shared.Next(ForcedStepRange),
            }
            : next with
            {
                Term = replica.Term,
                Members = [.. next.Members.Select(member => WithoutVoteYet(old, member))],
            };
    }

    // A member that comes with a vote gets it when it has the data, so that no majority waits for it before.
    private static MemberConfig WithoutVoteYet(ReplicaConfig old, MemberConfig member) =>
        !member.IsArbiter && (old.MemberWith(member.Id) is { } before ? before.IsNewlyAdded : member.HasVote)
            ? member with
            {
                IsNewlyAdded = true,
            }
            : member;

    private static void Check(CommandContext context, ReplicaMember replica, ReplicaConfig next, bool isForced)
    {
        var old = replica.Config;
        if (
            old.DefaultsToMajority != next.DefaultsToMajority
            && context.Member.Defaults.Write.Provenance == "implicitDefault"
        )
        {
            throw new CommandException(
                ErrorCode.NewReplicaSetConfigurationIncompatible,
                "Reconfig attempted to install a config that would change the implicit default write concern. Use the setDefaultRWConcern command to set a cluster-wide write concern and try the reconfig again."
            );
        }

        try
        {
            ReplicaConfigRules.CheckSuccessor(old, next, isForced);
        }
        catch (CommandException refused)
        {
            throw new CommandException(ErrorCode.NewReplicaSetConfigurationIncompatible, refused.Message);
        }

        if (next.MemberAt(context.Member.Host) is not { } self)
        {
            throw new CommandException(
                ErrorCode.NodeNotFound,
                $"No host described in new configuration with {next.Stamp} for replica set {next.Name} maps to this node"
            );
        }

        if (!isForced && !self.IsElectable)
        {
            throw new CommandException(
                ErrorCode.NodeNotElectable,
                $"This node, {self.Host}, with _id {self.Id} is not electable under the new configuration with {next.Stamp} for replica set {next.Name}"
            );
        }
    }

    /// <summary>Waits until a majority knows the configuration, and has what was committed under the one before.</summary>
    private static async ValueTask CommitAsync(
        ReplicaMember replica,
        CommandContext context,
        string otherwise,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await replica
                .ProgressChanged.WaitAsync(
                    () =>
                        !replica.IsPrimary
                        || (replica.IsConfigCommitted && replica.Node.CommitPoint.Time >= replica.CommittedBefore.Time),
                    cancellationToken
                )
                .ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.Generic.MaxTime > TimeSpan.Zero)
        {
            throw new CommandException(
                ErrorCode.CurrentConfigNotCommittedYet,
                $"{otherwise} :: caused by :: operation exceeded time limit"
            );
        }

        if (!replica.IsPrimary)
        {
            throw new CommandException(
                ErrorCode.NotWritablePrimary,
                $"{otherwise} :: caused by :: we are no longer primary"
            );
        }
    }
}
