using Godwit.Bson;
using Godwit.Sandbox.Errors;
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
        if (replica.Self is null)
        {
            throw new CommandException(
                ErrorCode.InvalidReplicaSetConfig,
                "Our replica set config is invalid or we are not a member of it"
            );
        }

        var reply = new DocumentBuilder
        {
            { "set", config.Name },
            { "date", RawValue.DateTime(context.Member.Time.GetUtcNow()) },
            { "myState", (int)replica.State },
            { "term", replica.Term },
            { "syncSourceHost", HostOf(replica, replica.SyncSource) },
            { "syncSourceId", IdOf(replica, replica.SyncSource) },
            { "heartbeatIntervalMillis", config.Settings.HeartbeatMilliseconds },
            { "majorityVoteCount", config.Majority },
            { "writeMajorityCount", config.WriteMajority },
            { "votingMembersCount", config.Members.Count(one => one.IsVoter) },
            { "writableVotingMembersCount", config.WritableVoters },
            { "optimes", OpTimes(replica.Node) },
            { "lastStableRecoveryTimestamp", replica.Node.LastCheckpoint },
        };
        AddElections(reply, replica);
        var members = new ArrayBuilder();
        foreach (var one in config.Members)
        {
            members.Add(one.Host == context.Member.Host ? Self(context, replica, one) : Other(replica, one));
        }

        return reply.Add("members", members.Build());
    }

    private static string HostOf(ReplicaMember replica, int slot) => slot < 0 ? "" : replica.Network.HostOf(slot);

    private static int IdOf(ReplicaMember replica, int slot) =>
        slot < 0 ? -1 : replica.Config.MemberAt(replica.Network.HostOf(slot))?.Id ?? -1;

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
                    { "priorityAtElection", replica.Self?.Priority ?? 0 },
                    { "electionTimeoutMillis", replica.Config.Settings.ElectionTimeoutMilliseconds },
                    { "numCatchUpOps", replica.Config.Members.Count > 1 ? 0L : RawValue.Missing },
                    { "newTermStartDate", RawValue.DateTime(won.At) },
                    { "wMajorityWriteAvailabilityDate", RawValue.DateTime(won.At) },
                }
            );
        }

        if (replica.Voted is { } vote)
        {
            reply.Add("electionParticipantMetrics", Participation(replica, vote, isOver: replica.Term == vote.Term));
        }
    }

    private static DocumentBuilder Participation(ReplicaMember replica, ElectionRecord vote, bool isOver)
    {
        var metrics = new DocumentBuilder
        {
            { "votedForCandidate", true },
            { "electionTerm", vote.Term },
            { "lastVoteDate", RawValue.DateTime(vote.At) },
            { "electionCandidateMemberId", IdOf(replica, vote.Candidate) },
            { "voteReason", "" },
            { "lastWrittenOpTimeAtElection", vote.LastApplied.ToDocument() },
            { "maxWrittenOpTimeInSet", vote.LastApplied.ToDocument() },
            { "lastAppliedOpTimeAtElection", vote.LastApplied.ToDocument() },
            { "maxAppliedOpTimeInSet", vote.LastApplied.ToDocument() },
            { "priorityAtElection", replica.Self?.Priority ?? 0 },
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

    private static DocumentBuilder Self(CommandContext context, ReplicaMember replica, MemberConfig self)
    {
        var applied = replica.Node.LastApplied;
        var entry = Head(self, replica.State, context.Member.Time.GetUtcNow() - context.Member.StartedAt);
        if (!self.IsArbiter)
        {
            entry
                .Add("optime", applied.ToDocument())
                .Add("optimeDate", Date(applied))
                .Add("optimeWritten", applied.ToDocument())
                .Add("optimeWrittenDate", Date(applied));
            AddWallTimes(entry, applied);
        }

        entry
            .Add("syncSourceHost", HostOf(replica, replica.SyncSource))
            .Add("syncSourceId", IdOf(replica, replica.SyncSource))
            .Add("infoMessage", replica.IsPrimary ? "Could not find member to sync from" : "");
        AddElection(entry, replica, replica.Index);
        return AddConfig(entry, replica.Config).Add("self", true).Add("lastHeartbeatMessage", "");
    }

    private static DocumentBuilder Other(ReplicaMember replica, MemberConfig other)
    {
        var slot = replica.Network.SlotOf(other.Host);
        if (slot < 0 || replica.Heard(slot) is not { } heard)
        {
            return Head(other, MemberState.Down, null)
                .Add("lastHeartbeatMessage", "Couldn't get a connection within the time limit")
                .Add("syncSourceHost", "")
                .Add("syncSourceId", -1)
                .Add("infoMessage", "")
                .Add("configVersion", -1)
                .Add("configTerm", -1);
        }

        var applied = heard.LastApplied;
        var entry = Head(other, heard.State, replica.Time.GetUtcNow() - replica.UpSince(slot));
        if (!other.IsArbiter)
        {
            entry
                .Add("optime", applied.ToDocument())
                .Add("optimeDurable", applied.ToDocument())
                .Add("optimeWritten", applied.ToDocument())
                .Add("optimeDate", Date(applied))
                .Add("optimeDurableDate", Date(applied))
                .Add("optimeWrittenDate", Date(applied));
            AddWallTimes(entry, applied);
        }

        entry
            .Add("lastHeartbeat", RawValue.DateTime(heard.Received))
            .Add("lastHeartbeatRecv", RawValue.DateTime(heard.Received))
            .Add("pingMs", replica.PingMilliseconds(slot))
            .Add("lastHeartbeatMessage", "")
            .Add("syncSourceHost", HostOf(replica, heard.SyncSource))
            .Add("syncSourceId", IdOf(replica, heard.SyncSource))
            .Add("infoMessage", "");
        AddElection(entry, replica, slot);
        return AddConfig(entry, heard.Config ?? replica.Config);
    }

    private static DocumentBuilder AddConfig(DocumentBuilder entry, ReplicaConfig config) =>
        entry.Add("configVersion", (int)config.Version).Add("configTerm", (int)config.Term);

    private static DocumentBuilder Head(MemberConfig member, MemberState state, TimeSpan? uptime)
    {
        var isUp = state != MemberState.Down;
        return new()
        {
            { "_id", member.Id },
            { "name", member.Host },
            { "health", isUp ? 1.0 : 0.0 },
            { "state", (int)state },
            { "stateStr", isUp ? Name(state) : "(not reachable/healthy)" },
            { "uptime", (int)(uptime?.TotalSeconds ?? 0) },
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

    /// <summary>A role as MongoDB writes it.</summary>
    internal static string Name(MemberState state) => state.ToString().ToUpperInvariant();

    private static RawValue Date(OpTime time) => RawValue.DateTime(time.Time.Seconds * 1000L);
}
