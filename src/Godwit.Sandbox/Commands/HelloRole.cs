using Godwit.Bson;
using Godwit.Sandbox.Replication;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Commands;

/// <summary>The part of a hello reply that tells the member's role.</summary>
internal static class HelloRole
{
    /// <summary>Appends it.</summary>
    internal static void Append(DocumentBuilder reply, CommandContext context)
    {
        var member = context.Member;
        var writable = context.Request.Name == "hello" ? "isWritablePrimary" : "ismaster";
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

        var (state, primary) = (replica.State, replica.PrimaryIndex);
        reply
            .Add("topologyVersion", member.TopologyVersion)
            .Add("hosts", RawValue.Array(replica.Config.Hosts.Select(RawValue.String)))
            .Add("setName", replica.Config.Name)
            .Add("setVersion", ReplicaConfig.Version)
            .Add(writable, state == MemberState.Primary)
            .Add("secondary", state == MemberState.Secondary);
        if (primary >= 0)
        {
            reply.Add("primary", replica.Config.Hosts[primary]);
        }

        reply.Add("me", member.Host);
        if (state == MemberState.Primary)
        {
            reply.Add("electionId", replica.ElectionId);
        }

        reply.Add("lastWrite", LastWrite(member.Node));
        if (member.Options.Cluster is not null)
        {
            reply.Add("isImplicitDefaultMajorityWC", true);
        }

        if (member.Options.Role == Sharding.ClusterRole.Config)
        {
            reply.Add("configsvr", 2);
        }
    }

    private static DocumentBuilder LastWrite(Node node)
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
