using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Replication;

namespace Godwit.Sandbox.Commands;

/// <summary><c>replSetInitiate</c>: makes a set of members that have no configuration yet; all of them must answer.</summary>
internal sealed class InitiateCommand : ICommand
{
    /// <inheritdoc/>
    public CommandTraits Traits { get; } =
        new("replSetInitiate")
        {
            IsAdminOnly = true,
            OnSecondary = SecondaryUse.Always,
            Help = "Initiate/christen a replica set.",
        };

    /// <inheritdoc/>
    public ValueTask<RawDocument> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var replica =
            context.Member.Replica
            ?? throw new CommandException(
                ErrorCode.NoReplicationEnabled,
                "This node was not started with replication enabled."
            );
        if (replica.CurrentConfig is not null)
        {
            throw new CommandException(ErrorCode.AlreadyInitialized, "already initialized");
        }

        var reply = new DocumentBuilder();
        var document = Complete(context, reply);
        var config = Read(context, document);
        Quorum.Check(replica, config, mustAllAnswer: true);
        var birth = SetBirth.Entry(context.Member.Time);
        foreach (var member in config.Members)
        {
            var slot = replica.Network.SlotOf(member.Host);
            if (slot != replica.Index)
            {
                _ = replica.Network.Ask(
                    replica.Index,
                    slot,
                    other =>
                    {
                        other.Initiate(config, birth);
                        return true;
                    },
                    false
                );
            }
        }

        replica.Initiate(config, birth);
        return ValueTask.FromResult(reply.Build());
    }

    // Without a configuration, a set of this member alone.
    private static RawDocument Complete(CommandContext context, DocumentBuilder reply)
    {
        var given = context.Body["replSetInitiate"];
        if (given.Type == BsonType.Document && !given.AsDocument.IsEmpty)
        {
            return given.AsDocument.Has("version")
                ? given.AsDocument
                : new DocumentBuilder().AddAll(given.AsDocument).Add("version", 1).Build();
        }

        reply
            .Add("info2", "no configuration specified. Using a default configuration for the set")
            .Add("me", context.Member.Host);
        return new DocumentBuilder
        {
            { "_id", context.Member.Options.SetName },
            { "version", 1 },
            {
                "members",
                new ArrayBuilder
                {
                    new DocumentBuilder { { "_id", 0 }, { "host", context.Member.Host } },
                }.Build()
            },
        }.Build();
    }

    private static ReplicaConfig Read(CommandContext context, RawDocument document)
    {
        ReplicaConfig config;
        try
        {
            config = ReplicaConfigReader.Read(document, ObjectIds.New(context.Member.Time)) with { Term = 0 };
            ReplicaConfigRules.Check(config);
        }
        catch (CommandException refused) when (refused.Code != ErrorCode.NotImplemented)
        {
            throw new CommandException(ErrorCode.InvalidReplicaSetConfig, refused.Message);
        }

        var host = context.Member.Host;
        var refusal =
            config.Name != context.Member.Options.SetName
                ? $"Rejecting initiate with a set name that differs from command line set name, initiate set name: {config.Name}, command line set name: {context.Member.Options.SetName}"
            : config.MemberAt(host) is not { } self
                ? $"No host described in new configuration with {config.Stamp} for replica set {config.Name} maps to this node"
            : !self.IsElectable
                ? $"This node, {host}, with _id {self.Id} is not electable under the new configuration with {config.Stamp} for replica set {config.Name}"
            : config.Version != 1
                ? $"Configuration used to initiate a replica set must  have version 1, but found {config.Version}"
            : null;
        return refusal is null ? config : throw new CommandException(ErrorCode.InvalidReplicaSetConfig, refusal);
    }
}
