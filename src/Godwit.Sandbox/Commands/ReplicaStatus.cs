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
        var config = replica.Config;
        var reply = new DocumentBuilder
        {
            { "set", config.Name },
            { "date", RawValue.DateTime(context.Member.Time.GetUtcNow()) },
            { "myState", (int)replica.State },
            { "term", replica.Term },
            { "syncSourceHost", HostOf(replica, replica.SyncSource) },
            { "syncSourceId", replica.SyncSource },
            { "heartbeatIntervalMillis", (long)ReplicaTimings.Heartbeat.TotalMilliseconds },
            { "majorityVoteCount", config.Majority },
            { "writeMajorityCount", config.Majority },
            { "votingMembersCount", config.Hosts.Count },
            { "writableVotingMembersCount", config.Hosts.Count },
            { "optimes", OpTimes(replica.Node) },
            { "lastStableRecoveryTimestamp", replica.Node.LastCheckpoint },
        };
        AddElections(reply, replica);
        var members = new ArrayBuilder();
        for (var i = 0; i < config.Hosts.Count; i++)
        {
            members.Add(i == replica.Index ? Self(context, replica) : Other(context, replica, i));
        }

        return reply.Add("members", members.Build());
    }

    private static string HostOf(ReplicaMember replica, int index) => index < 0 ? "" : replica.Config.Hosts[index];

    private static void AddElections(DocumentBuilder reply, ReplicaMember replica)
    {
        if (replica is { IsPrimary: true, Won: { } won })
        {
            reply.Add(
                "electionCandidateMetrics",
                new DocumentBuilder
                {
                    { "lastElectionReason", won.Reason },
                    { "lastElectionDate", RawValue.DateTime(won.At) },
                    { "electionTerm", won.Term },
                    { "lastCommittedOpTimeAtElection", won.Committed.ToDocument() },
                    { "lastSeenWrittenOpTimeAtElection", won.LastApplied.ToDocument() },
                    { "lastSeenOpTimeAtElection", won.LastApplied.ToDocument() },
                    { "numVotesNeeded", replica.Config.Majority },
                    { "priorityAtElection", 1.0 },
                    { "electionTimeoutMillis", (long)ReplicaTimings.ElectionTimeout.TotalMilliseconds },
                    { "numCatchUpOps", replica.Config.Hosts.Count > 1 ? 0L : RawValue.Missing },
                    { "newTermStartDate", RawValue.DateTime(won.At) },
                    { "wMajorityWriteAvailabilityDate", RawValue.DateTime(won.At) },
                }
            );
        }

        if (replica.Voted is { } vote)
        {
            reply.Add("electionParticipantMetrics", Participation(vote, isOver: replica.Term == vote.Term));
        }
    }

    private static DocumentBuilder Participation(ElectionRecord vote, bool isOver)
    {
        var metrics = new DocumentBuilder
        {
            { "votedForCandidate", true },
            { "electionTerm", vote.Term },
            { "lastVoteDate", RawValue.DateTime(vote.At) },
            { "electionCandidateMemberId", vote.Candidate },
            { "voteReason", "" },
            { "lastWrittenOpTimeAtElection", vote.LastApplied.ToDocument() },
            { "maxWrittenOpTimeInSet", vote.LastApplied.ToDocument() },
            { "lastAppliedOpTimeAtElection", vote.LastApplied.ToDocument() },
            { "maxAppliedOpTimeInSet", vote.LastApplied.ToDocument() },
            { "priorityAtElection", 1.0 },
        };
        return isOver
            ? metrics
                .Add("newTermStartDate", RawValue.DateTime(vote.At))
                .Add("newTermAppliedDate", RawValue.DateTime(vote.At))
            : metrics;
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
        var entry = Head(context, replica, replica.Index, replica.State)
            .Add("optime", applied.ToDocument())
            .Add("optimeDate", Date(applied))
            .Add("optimeWritten", applied.ToDocument())
            .Add("optimeWrittenDate", Date(applied));
        AddWallTimes(entry, applied)
            .Add("syncSourceHost", HostOf(replica, replica.SyncSource))
            .Add("syncSourceId", replica.SyncSource)
            .Add("infoMessage", replica.IsPrimary ? "Could not find member to sync from" : "");
        AddElection(entry, replica, replica.Index);
        return entry
            .Add("configVersion", ReplicaConfig.Version)
            .Add("configTerm", (int)replica.Term)
            .Add("self", true)
            .Add("lastHeartbeatMessage", "");
    }

    private static DocumentBuilder Other(CommandContext context, ReplicaMember replica, int index)
    {
        if (replica.Heard(index) is not { } heard)
        {
            return Head(context, replica, index, MemberState.Down)
                .Add("lastHeartbeatMessage", "Couldn't get a connection within the time limit")
                .Add("syncSourceHost", "")
                .Add("syncSourceId", -1)
                .Add("infoMessage", "")
                .Add("configVersion", -1)
                .Add("configTerm", -1);
        }

        var applied = heard.LastApplied;
        var entry = Head(context, replica, index, heard.State)
            .Add("optime", applied.ToDocument())
            .Add("optimeDurable", applied.ToDocument())
            .Add("optimeWritten", applied.ToDocument())
            .Add("optimeDate", Date(applied))
            .Add("optimeDurableDate", Date(applied))
            .Add("optimeWrittenDate", Date(applied));
        AddWallTimes(entry, applied)
            .Add("lastHeartbeat", RawValue.DateTime(heard.Received))
            .Add("lastHeartbeatRecv", RawValue.DateTime(heard.Received))
            .Add("pingMs", 0L)
            .Add("lastHeartbeatMessage", "")
            .Add("syncSourceHost", HostOf(replica, heard.SyncSource))
            .Add("syncSourceId", heard.SyncSource)
            .Add("infoMessage", "");
        AddElection(entry, replica, index);
        return entry.Add("configVersion", ReplicaConfig.Version).Add("configTerm", (int)replica.Term);
    }

    private static DocumentBuilder Head(CommandContext context, ReplicaMember replica, int index, MemberState state)
    {
        var isUp = state != MemberState.Down;
        return new()
        {
            { "_id", index },
            { "name", replica.Config.Hosts[index] },
            { "health", isUp ? 1.0 : 0.0 },
            { "state", (int)state },
            { "stateStr", isUp ? Name(state) : "(not reachable/healthy)" },
            { "uptime", isUp ? (int)(context.Member.Time.GetUtcNow() - context.Member.StartedAt).TotalSeconds : 0 },
        };
    }

    private static DocumentBuilder AddWallTimes(DocumentBuilder entry, OpTime applied) =>
        entry
            .Add("lastAppliedWallTime", Date(applied))
            .Add("lastDurableWallTime", Date(applied))
            .Add("lastWrittenWallTime", Date(applied));

    // When a primary was elected is known to itself and to those who voted in its term.
    private static void AddElection(DocumentBuilder entry, ReplicaMember replica, int index)
    {
        var election = index == replica.Index ? replica.Won : replica.Voted;
        if (index == replica.PrimaryIndex && election?.Candidate == index)
        {
            var seconds = (uint)election.At.ToUnixTimeSeconds();
            entry
                .Add("electionTime", new ClusterTime(seconds, 1))
                .Add("electionDate", RawValue.DateTime(seconds * 1000L));
        }
    }

    private static string Name(MemberState state) => state.ToString().ToUpperInvariant();

    private static RawValue Date(OpTime time) => RawValue.DateTime(time.Time.Seconds * 1000L);
}
