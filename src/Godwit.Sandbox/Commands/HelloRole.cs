using Godwit.Bson;
using Godwit.Sandbox.Replication;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Commands;

/// <summary>The part of a hello reply that tells the member's role.</summary>
internal static class HelloRole
{
    /// <summary>Appends it.</summary>
    internal static void Append(DocumentBuilder reply, Member member, string name)
    {
        var writable = name == "hello" ? "isWritablePrimary" : "ismaster";
        if (member.Router is not null)
        {
            reply.Add(writable, true).Add("msg", "isdbgrid").Add("topologyVersion", member.TopologyVersion);
            return;
        }

        if (member.Replica is not { } replica)
        {
            reply.Add(writable, true).Add("topologyVersion", member.TopologyVersion);
            return;
        }

        reply.Add("topologyVersion", member.TopologyVersion);
        if (replica.Self is not { } self)
        {
            reply
                .Add(writable, false)
                .Add("secondary", false)
                .Add("info", "Does not have a valid replica set config")
                .Add("isreplicaset", true);
            return;
        }

        var (state, primary) = (replica.State, replica.PrimaryHost);
        reply
            .Add("hosts", Hosts(replica, one => !one.IsHidden && one.Priority > 0))
            .Add("passives", NotEmpty(Hosts(replica, one => one is { IsHidden: false, Priority: 0, IsArbiter: false })))
            .Add("arbiters", NotEmpty(Hosts(replica, one => one.IsArbiter)))
            .Add("setName", replica.Config.Name)
            .Add("setVersion", (int)replica.Config.Version)
            .Add(writable, replica.IsPrimary)
            .Add("secondary", state == MemberState.Secondary)
            .Add("primary", primary.Length > 0 ? primary : RawValue.Missing);
        AddOwnSettings(reply, self, writable);
        reply.Add("me", member.Host);
        if (state == MemberState.Primary)
        {
            reply.Add("electionId", replica.ElectionId);
        }

        if (state != MemberState.Arbiter)
        {
            reply.Add("lastWrite", LastWrite(member.Node));
        }

        if (member.Options.Cluster is not null)
        {
            reply.Add("isImplicitDefaultMajorityWC", replica.Config.DefaultsToMajority);
        }

        if (member.Options.Role == Sharding.ClusterRole.Config)
        {
            reply.Add("configsvr", 2);
        }
    }

    /// <summary>The addresses of some of the members.</summary>
    internal static RawValue Hosts(ReplicaMember replica, Func<MemberConfig, bool> isShown) =>
        RawValue.Array(
            (replica.CurrentConfig?.Members ?? []).Where(isShown).Select(member => RawValue.String(member.Host))
        );

    private static RawValue NotEmpty(RawValue hosts) => hosts.AsDocument.IsEmpty ? RawValue.Missing : hosts;

    private static void AddOwnSettings(DocumentBuilder reply, MemberConfig self, string writable)
    {
        if (self.IsArbiter)
        {
            reply.Add("arbiterOnly", true);
        }
        else if (self.Priority == 0)
        {
            reply.Add("passive", true);
        }

        if (self.IsHidden)
        {
            reply.Add("hidden", true);
        }

        if (self.DelaySecs > 0)
        {
            reply.Add(writable == "ismaster" ? "slaveDelay" : "secondaryDelaySecs", (int)self.DelaySecs);
        }

        if (!self.Tags.IsEmpty)
        {
            reply.Add("tags", self.Tags);
        }
    }

    /// <summary>How far the member and a majority have come.</summary>
    internal static DocumentBuilder LastWrite(Node node)
    {
        var (applied, committed) = (node.LastApplied, node.CommitPoint);
        return new()
        {
            { "opTime", applied.ToDocument() },
            { "lastWriteDate", Date(applied) },
            { "majorityOpTime", committed.ToDocument() },
            { "majorityWriteDate", Date(committed) },
        };
    }

    private static RawValue Date(OpTime time) => RawValue.DateTime(time.Time.Seconds * 1000L);
}
