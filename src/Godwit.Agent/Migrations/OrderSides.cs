using Godwit.Agent.Inventory;
using Godwit.Agent.Validation;
using Godwit.Contracts.Agents;

namespace Godwit.Agent.Migrations;

/// <summary>Connection strings of the clusters that an order moves from and to.</summary>
internal static class OrderSides
{
    /// <exception cref="AgentException">The source is not in the inventory, or what is sealed is not for this host.</exception>
    internal static (string Source, string Destination) Of(
        MigrationOrder order,
        SourceAddress sources,
        HostChecks checks
    )
    {
        var own = sources.Compose(order.Source);
        // For what concerns the source alone, nobody is given a way to the destination.
        if (!order.IsBackwards && order.Goal is (MigrationGoal.UnblockSource or MigrationGoal.TellUsers))
        {
            return (own, "");
        }

        var theirs = checks.OpenDestination(order.SealedDestination, order.DestinationAuthority, order.Id);
        return order.IsBackwards ? (theirs, own) : (own, theirs);
    }
}
