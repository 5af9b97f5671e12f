using Godwit.Cluster.Leading;
using Godwit.Contracts.Agents;
using Godwit.Engine.Mongo.Connections;

namespace Godwit.Agent.Sharing;

/// <summary>The hosts of a migration as the Hub gets them.</summary>
internal static class WorkersText
{
    /// <param name="lead">The leadership of this host.</param>
    /// <param name="copied">Documents copied in this run, whoever did it.</param>
    internal static IReadOnlyList<ReportedWorker> Describe(OpenLead lead, long copied)
    {
        var helpers = lead.Helpers;
        // What the others have copied is heard of a second later than it is counted here.
        var own = Math.Max(0, copied - helpers.Sum(one => one.Moved));
        return
        [
            new(lead.Name, true, null, own, null, 1, null),
            .. helpers.Select(one => new ReportedWorker(
                one.Name,
                false,
                one.Ranges,
                one.Moved,
                one.Compared,
                one.Starts,
                one.IsSilent ? "It is not heard of any more."
                    : one.Fault is { } fault ? SecretText.OfText(fault)
                    : null
            )),
        ];
    }
}
