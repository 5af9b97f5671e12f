using Godwit.Engine.Faults;
using Godwit.Engine.Mongo.Connections;

namespace Godwit.Engine.Mongo.Sharding;

/// <summary>The balancer of a sharded cluster; a replica set has none.</summary>
internal static class Balancer
{
    /// <summary>Whether it is switched on.</summary>
    internal static async Task<bool> IsOnAsync(CommandChannel channel, CancellationToken cancellationToken)
    {
        var status = await channel
            .AskAsync(Stage.Catalogue, "admin", new() { { "balancerStatus", 1 } }, cancellationToken)
            .ConfigureAwait(false);
        return status["mode"].AsString != "off";
    }

    /// <summary>Switches it; when it is off, a round that was under way has ended.</summary>
    internal static async Task SwitchAsync(CommandChannel channel, bool isOn, CancellationToken cancellationToken) =>
        _ = await channel
            .AskAsync(
                Stage.Catalogue,
                "admin",
                new() { { isOn ? "balancerStart" : "balancerStop", 1 }, { "maxTimeMS", 60_000 } },
                cancellationToken
            )
            .ConfigureAwait(false);
}
