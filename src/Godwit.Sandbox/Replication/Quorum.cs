using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Replication;

/// <summary>Whether enough members answer for a configuration to work: MongoDB's <c>check_quorum_for_config_change.cpp</c>.</summary>
internal static class Quorum
{
    /// <summary>Asks all members of a configuration that is not in force yet.</summary>
    /// <param name="replica">Who asks.</param>
    /// <param name="config">The configuration.</param>
    /// <param name="mustAllAnswer">Whether a majority is not enough.</param>
    internal static void Check(ReplicaMember replica, ReplicaConfig config, bool mustAllAnswer)
    {
        var answering = new List<MemberConfig>();
        var silent = new List<MemberConfig>();
        foreach (var member in config.Members)
        {
            var slot = replica.Network.SlotOf(member.Host);
            var answers = slot == replica.Index || replica.Network.Ask(replica.Index, slot, _ => true, false);
            (answers ? answering : silent).Add(member);
        }

        var failures = string.Join(
            ", ",
            silent.Select(member =>
                $"{member.Host} failed with Error connecting to {member.Host} :: caused by :: Connection refused"
            )
        );
        if (mustAllAnswer && silent.Count > 0)
        {
            throw Failed(
                $"replSetInitiate quorum check failed because not all proposed set members responded affirmatively: {failures}"
            );
        }

        if (!answering.Exists(member => member.IsElectable))
        {
            throw Failed("Quorum check failed because no electable nodes responded; at least one required for config");
        }

        var voters = answering.Where(member => member.IsVoter).Select(member => member.Host).ToList();
        if (voters.Count < config.Majority)
        {
            var who =
                voters.Count == 0
                    ? "none responded"
                    : $"only the following {voters.Count} voting nodes responded: {string.Join(", ", voters)}";
            throw Failed(
                $"Quorum check failed because not enough voting nodes responded; required {config.Majority} but {who}; the following nodes did not respond affirmatively: {failures}"
            );
        }
    }

    private static CommandException Failed(string message) => new(ErrorCode.NodeNotFound, message);
}
