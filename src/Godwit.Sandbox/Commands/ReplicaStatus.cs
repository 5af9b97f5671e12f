using Godwit.Bson;
using Godwit.Sandbox.Replication;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Commands;

/// <summary>The reply of <c>replSetGetStatus</c>.</summary>
internal static class ReplicaStatus
{
    /// <summary>Builds it.</summary>
    internal static DocumentBuilder Build(CommandContext context)
    {
        var replica = ReplicaSetCommands.Replica(context);
        var (config, state, primary) = (replica.Config, replica.State, replica.PrimaryIndex);
        var follows = state == MemberState.Secondary && primary >= 0;
        var reply = new DocumentBuilder
        {
            { "set", config.Name },
            { "date", RawValue.DateTime(context.Member.Time.GetUtcNow()) },
            { "myState", (int)state },
            { "term", replica.Term },
            { "syncSourceHost", follows ? config.Hosts[primary] : "" },
            { "syncSourceId", follows ? primary : -1 },
            { "heartbeatIntervalMillis", (long)ReplicaTimings.Heartbeat.TotalMilliseconds },
            { "majorityVoteCount", config.Majority },
            { "writeMajorityCount", config.Majority },
            { "votingMembersCount", config.Hosts.Count },
            { "writableVotingMembersCount", config.Hosts.Count },
            { "optimes", OpTimes(replica.Node) },
            { "lastStableRecoveryTimestamp", replica.Node.CommitPoint.Time },
        };
        var members = new ArrayBuilder();
        for (var i = 0; i < config.Hosts.Count; i++)
        {
            members.Add(i == replica.Index ? Self(context, replica) : Other(context, replica, i));
        }

        return reply.Add("members", members.Build());
    }

    private static DocumentBuilder OpTimes(Node node)
    {
        var (applied, committed) = (node.LastApplied, node.CommitPoint);
        return new()
        {
            { "lastCommittedOpTime", committed.ToDocument() },
            { "lastCommittedWallTime", Date(committed) },
            { "readConcernMajorityOpTime", committed.ToDocument() },
            { "appliedOpTime", applied.ToDocument() },
            { "durableOpTime", applied.ToDocument() },
            { "writtenOpTime", applied.ToDocument() },
            { "lastAppliedWallTime", Date(applied) },
            { "lastDurableWallTime", Date(applied) },
            { "lastWrittenWallTime", Date(applied) },
        };
    }

    private static DocumentBuilder Self(CommandContext context, ReplicaMember replica)
    {
        var applied = replica.Node.LastApplied;
        var uptime = (int)(context.Member.Time.GetUtcNow() - context.Member.StartedAt).TotalSeconds;
        return new()
        {
            { "_id", replica.Index },
            { "name", replica.Config.Hosts[replica.Index] },
            { "health", 1.0 },
            { "state", (int)replica.State },
            { "stateStr", Name(replica.State) },
            { "uptime", uptime },
            { "optime", applied.ToDocument() },
            { "optimeDate", Date(applied) },
            { "optimeWritten", applied.ToDocument() },
            { "optimeWrittenDate", Date(applied) },
            { "configVersion", ReplicaConfig.Version },
            { "configTerm", (int)replica.Term },
            { "self", true },
            { "lastHeartbeatMessage", "" },
        };
    }

    private static DocumentBuilder Other(CommandContext context, ReplicaMember replica, int index)
    {
        var heard = replica.Heard(index);
        var state = heard?.State ?? MemberState.Down;
        var entry = new DocumentBuilder
        {
            { "_id", index },
            { "name", replica.Config.Hosts[index] },
            { "health", heard is null ? 0.0 : 1.0 },
            { "state", (int)state },
            { "stateStr", heard is null ? "(not reachable/healthy)" : Name(state) },
            {
                "uptime",
                heard is null ? 0 : (int)(context.Member.Time.GetUtcNow() - context.Member.StartedAt).TotalSeconds
            },
        };
        if (heard is not null)
        {
            entry
                .Add("optime", heard.LastApplied.ToDocument())
                .Add("optimeDate", Date(heard.LastApplied))
                .Add("lastHeartbeat", RawValue.DateTime(heard.Received));
        }

        return entry.Add("configVersion", ReplicaConfig.Version).Add("configTerm", (int)replica.Term);
    }

    private static string Name(MemberState state) => state.ToString().ToUpperInvariant();

    private static RawValue Date(OpTime time) => RawValue.DateTime(time.Time.Seconds * 1000L);
}
