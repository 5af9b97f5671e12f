using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Replication;

/// <summary>Which configurations may be, and which may follow which: MongoDB's <c>repl_set_config.cpp</c> and <c>repl_set_config_checks.cpp</c>.</summary>
internal static class ReplicaConfigRules
{
    private const int MembersMax = 50;
    private const int VotersMax = 7;

    /// <summary>Checks a configuration by itself.</summary>
    internal static void Check(ReplicaConfig config)
    {
        var members = config.Members;
        if (members.Count is 0 or > MembersMax)
        {
            throw Refused(
                $"Replica set configuration contains {members.Count} members, but must have at least 1 and no more than  {MembersMax}"
            );
        }

        CheckDistinct(members);
        var voters = members.Count(member => member.IsVoter);
        if (voters is 0 or > VotersMax)
        {
            throw Refused(
                $"Replica set configuration contains {voters} voting members, but must be at least 1 and no more than {VotersMax}"
            );
        }

        if (!members.Any(member => member.IsElectable))
        {
            throw Refused("Replica set configuration must contain at least one non-arbiter member with priority > 0");
        }

        var arbiters = members.Count(member => member.IsArbiter);
        if (config.IsForConfigServers)
        {
            CheckConfigServers(config, arbiters);
        }

        if (arbiters > 1)
        {
            throw Refused(
                "Multiple arbiters are not allowed unless all nodes were started with with --setParameter 'allowMultipleArbiters=true'"
            );
        }

        if (members.FirstOrDefault(member => member is { IsArbiter: true, Priority: not 0 }) is { } arbiter)
        {
            throw new CommandException(
                ErrorCode.InvalidReplicaSetConfig,
                $"Member {arbiter.Host} is an arbiter but has priority {arbiter.Priority}. Arbiter priority must be 0."
            );
        }
    }

    /// <summary>Checks that one may follow another.</summary>
    internal static void CheckSuccessor(ReplicaConfig old, ReplicaConfig config, bool isForced)
    {
        Check(config);
        if (!config.IsNewerThan(old))
        {
            throw Incompatible(
                $"New replica set configuration version and term must be greater than old, but {config.Stamp} is not greater than {old.Stamp} for replica set {config.Name}"
            );
        }

        if (config.Id != old.Id)
        {
            throw Incompatible(
                $"New and old configurations differ in replica set ID; old was {Hex(old)}, and new is {Hex(config)}"
            );
        }

        if (old.IsForConfigServers && !config.IsForConfigServers)
        {
            throw Incompatible("Cannot remove \"configsvr\" from replica set configuration on reconfig");
        }

        CheckSameMembers(old, config);
        CheckLoneWriter(old, config);
        if (!isForced && VotersThatDiffer(old, config) > 1)
        {
            throw Incompatible("Non force replica set reconfig can only add or remove at most 1 voting member.");
        }
    }

    private static void CheckDistinct(IReadOnlyList<MemberConfig> members)
    {
        for (var i = 0; i < members.Count; i++)
        {
            for (var j = 0; j < members.Count; j++)
            {
                if (i != j && members[i].Id == members[j].Id)
                {
                    throw Twice("_id", i, j, $"{members[i].Id}");
                }

                if (i != j && members[i].Host == members[j].Host)
                {
                    throw Twice("host", i, j, members[i].Host);
                }
            }
        }
    }

    private static CommandException Twice(string field, int one, int other, string value) =>
        Refused(
            $"Found two member configurations with same {field} field, members.{one}.{field} == members.{other}.{field} == {value}"
        );

    private static void CheckConfigServers(ReplicaConfig config, int arbiters)
    {
        if (arbiters > 0)
        {
            throw Refused("Arbiters are not allowed in replica set configurations being used for config servers");
        }

        if (config.Members.Any(member => member.DelaySecs != 0))
        {
            throw Refused(
                "Members in replica set configurations being used for config servers cannot have a non-zero secondaryDelaySecs"
            );
        }

        if (!config.JournalsMajorities)
        {
            throw Refused(
                "writeConcernMajorityJournalDefault must be true in replica set configurations being used for config servers"
            );
        }
    }

    private static void CheckSameMembers(ReplicaConfig old, ReplicaConfig config)
    {
        foreach (var member in config.Members)
        {
            if (old.MemberAt(member.Host) is { } before && before.Id != member.Id)
            {
                throw Incompatible(
                    $"New and old configurations both have members with host of {member.Host} but in the new configuration the _id field is {member.Id} and in the old configuration it is {before.Id} for replica set {config.Name}"
                );
            }

            if (old.MemberWith(member.Id) is { } same && same.IsArbiter != member.IsArbiter)
            {
                throw Incompatible(
                    $"New and old configurations differ in the setting of the arbiterOnly field for member {same.Host}; to make this change, remove then re-add the member"
                );
            }
        }
    }

    // A secondary that was not needed for any majority must not become electable together with an arbiter's vote.
    private static void CheckLoneWriter(ReplicaConfig old, ReplicaConfig config)
    {
        var voters = old.Members.Count(member => member.HasVote);
        var arbiters = old.Members.Count(member => member.IsArbiter);
        var isThree = config.Members is { Count: 3 } three && three.Count(member => member.IsArbiter) == 1;
        if (
            (voters / 2) + 1 > voters - arbiters
            && isThree
            && config.Members.Count(member => member.GivenPriority > 0) > 1
        )
        {
            throw Incompatible(
                "Rejecting reconfig where the new config has a PSA topology and the secondary is electable, but the old config contains only one writable node. Refer to https://docs.mongodb.com/manual/reference/method/rs.reconfigForPSASet/ for next steps on reconfiguring a PSA set."
            );
        }
    }

    private static int VotersThatDiffer(ReplicaConfig old, ReplicaConfig config)
    {
        var changed = old.Members.Where(member => member.IsVoter).Select(member => member.Id).ToHashSet();
        changed.SymmetricExceptWith(config.Members.Where(member => member.IsVoter).Select(member => member.Id));
        return changed.Count;
    }

    private static string Hex(ReplicaConfig config) => Convert.ToHexStringLower(config.Id.Bytes.Span);

    private static CommandException Incompatible(string message) =>
        new(ErrorCode.NewReplicaSetConfigurationIncompatible, message);

    private static CommandException Refused(string message) => new(ErrorCode.BadValue, message);
}
