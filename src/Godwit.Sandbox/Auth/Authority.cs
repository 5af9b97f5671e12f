using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Sharding;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Auth;

/// <summary>
/// Where users and roles are read: in a member's own data, and for a router in those of the config servers, as mongos does
/// (authz_manager_external_state_s.cpp). A router that reaches no config server lets nobody in.
/// </summary>
internal sealed class Authority(Member member)
{
    /// <summary>Reads something of users or roles.</summary>
    internal T Read<T>(Func<Node, T> question)
    {
        if (member.Options is not { Role: ClusterRole.Router, Cluster: { } cluster })
        {
            return question(member.Node);
        }

        return cluster.Config.TryRead(question, out var answer)
            ? answer
            : throw new CommandException(
                ErrorCode.FailedToSatisfyReadPreference,
                $"Could not find host matching read preference {{ mode: \"primaryPreferred\" }} for set {cluster.Config.Set.SetName}"
            );
    }
}
