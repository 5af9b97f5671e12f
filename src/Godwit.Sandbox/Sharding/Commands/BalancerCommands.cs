using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sharding.Commands;

/// <summary>
/// The commands of the balancer. It can be stopped, started and asked; it moves nothing by itself yet, so that a cluster keeps the
/// chunks where commands have put them.
/// </summary>
internal static class BalancerCommands
{
    private const int ChunkMegabytes = 128;

    /// <summary><c>balancerStart</c>.</summary>
    internal static ValueTask<DocumentBuilder> Start(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    ) => SetAsync(router, isOn: true, cancellationToken);

    /// <summary><c>balancerStop</c>.</summary>
    internal static ValueTask<DocumentBuilder> Stop(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    ) => SetAsync(router, isOn: false, cancellationToken);

    /// <summary><c>balancerStatus</c>.</summary>
    internal static async ValueTask<DocumentBuilder> Status(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var settings = await ClusterFacts
            .ReadAsync(router, ConfigNames.Settings, cancellationToken)
            .ConfigureAwait(false);
        var isOff = settings.Exists(entry => entry["_id"] == "balancer" && entry["stopped"].IsTruthy());
        var term = await router
            .Cluster.Config.OnPrimaryAsync((member, _) => ValueTask.FromResult(member.Node.Term), cancellationToken)
            .ConfigureAwait(false);
        return new()
        {
            { "mode", isOff ? "off" : "full" },
            { "inBalancerRound", false },
            { "numBalancerRounds", 0L },
            { "term", term },
        };
    }

    /// <summary><c>balancerCollectionStatus</c>.</summary>
    internal static async ValueTask<DocumentBuilder> CollectionStatus(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var collection = ChunkCommands.Collection(context, router);
        var zones = await ZoneCommands.ReadAsync(router, collection, cancellationToken).ConfigureAwait(false);
        var isViolated = zones.Exists(zone => !zone.IsKept(collection));
        var reply = new DocumentBuilder
        {
            { "chunkSize", (double)ChunkMegabytes },
            { "balancerCompliant", !isViolated },
        };
        return isViolated ? reply.Add("firstComplianceViolation", "zoneViolation") : reply;
    }

    /// <summary><c>configureCollectionBalancing</c>.</summary>
    internal static async ValueTask<DocumentBuilder> Configure(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var collection = ChunkCommands.Collection(context, router);
        var arguments = context.Arguments;
        if (arguments["defragmentCollection"].IsTruthy())
        {
            throw new CommandException(ErrorCode.NotImplemented, "collections are not defragmented");
        }

        _ = await router
            .Cluster.ChangeAsync(
                change =>
                {
                    var document = collection.Document;
                    if (arguments.Boolean("enableAutoMerger") is { } merges)
                    {
                        document = CommandBody.With(document, ("enableAutoMerge", merges));
                    }

                    if (arguments.Boolean("enableBalancing") is { } balances)
                    {
                        document = CommandBody.With(document, ("noBalance", !balances));
                    }

                    if (arguments.Number("chunkSize") is { } size)
                    {
                        document = CommandBody.With(document, ("maxChunkSizeBytes", size * 1024 * 1024));
                    }

                    change.Put(ConfigNames.Collections, document);
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        return [];
    }

    private static async ValueTask<DocumentBuilder> SetAsync(
        Router router,
        bool isOn,
        CancellationToken cancellationToken
    )
    {
        var setting = new DocumentBuilder
        {
            { "_id", "balancer" },
            { "mode", isOn ? "full" : "off" },
            { "stopped", !isOn },
        };
        _ = await router
            .Cluster.ChangeAsync(change => change.Put(ConfigNames.Settings, setting.Build()), cancellationToken)
            .ConfigureAwait(false);
        return [];
    }
}
