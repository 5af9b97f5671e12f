using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sharding.Commands;

/// <summary>The commands of the balancer.</summary>
internal static class BalancerCommands
{
    private const double Megabyte = 1024 * 1024;

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
        var settings = await BalancerSettings.ReadAsync(router.Cluster, cancellationToken).ConfigureAwait(false);
        var term = await router
            .Cluster.Config.OnPrimaryAsync((member, _) => ValueTask.FromResult(member.Node.Term), cancellationToken)
            .ConfigureAwait(false);
        return new()
        {
            { "mode", settings.IsOn ? "full" : "off" },
            { "inBalancerRound", router.Cluster.Balancer.IsInRound },
            { "numBalancerRounds", router.Cluster.Balancer.Rounds },
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
        var size = await BalancerSettings
            .ChunkBytesAsync(router.Cluster, collection, cancellationToken)
            .ConfigureAwait(false);
        var violation = await router
            .Cluster.Balancer.ViolationAsync(collection, cancellationToken)
            .ConfigureAwait(false);
        return new()
        {
            { "chunkSize", Math.Ceiling(size / Megabyte * 100) / 100 },
            { "balancerCompliant", violation is null },
            { "firstComplianceViolation", violation ?? RawValue.Missing },
        };
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
                    // What stands there now, not what the router has read: others change it as well.
                    if (change.Find(ConfigNames.Collections, collection.Document["_id"]) is { } document)
                    {
                        change.Put(ConfigNames.Collections, Changed(document, arguments));
                    }
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        return [];
    }

    /// <summary><c>setAllowMigrations</c>: whether chunks of a collection may move at all.</summary>
    internal static async ValueTask<DocumentBuilder> AllowMigrations(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var collection = ChunkCommands.Collection(context, router);
        var isAllowed =
            context.Arguments.Boolean("allowMigrations")
            ?? throw CommandErrors.MissingField("setAllowMigrations", "allowMigrations");
        _ = await router
            .Cluster.ChangeAsync(
                change =>
                {
                    if (change.Find(ConfigNames.Collections, collection.Document["_id"]) is { } document)
                    {
                        change.Put(
                            ConfigNames.Collections,
                            isAllowed
                                ? CommandBody.Without(document, "allowMigrations")
                                : CommandBody.With(document, ("allowMigrations", false))
                        );
                    }
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        return [];
    }

    private static RawDocument Changed(RawDocument document, CommandArguments arguments)
    {
        if (arguments.Boolean("enableAutoMerger") is { } merges)
        {
            document = CommandBody.With(document, ("enableAutoMerge", merges));
        }

        if (arguments.Boolean("enableBalancing") is { } balances)
        {
            document = CommandBody.With(document, ("noBalance", !balances));
        }

        // 0 means the chunk size of the cluster (sharding_catalog_manager_collection_operations.cpp).
        return arguments.Number("chunkSize") switch
        {
            null => document,
            0 => CommandBody.Without(document, "maxChunkSizeBytes"),
            >= 1 and <= 1024 and { } size => CommandBody.With(document, ("maxChunkSizeBytes", size * 1024 * 1024)),
            { } size => throw new CommandException(
                ErrorCode.InvalidOptions,
                $"Chunk size '{size}' out of range [1MB, 1GB]"
            ),
        };
    }

    private static async ValueTask<DocumentBuilder> SetAsync(
        Router router,
        bool isOn,
        CancellationToken cancellationToken
    )
    {
        // What else is set, its window for instance, stays (balancer_configuration.cpp).
        _ = await router
            .Cluster.ChangeAsync(
                change =>
                    change.Put(
                        ConfigNames.Settings,
                        CommandBody.With(
                            change.Find(ConfigNames.Settings, "balancer")
                                ?? new DocumentBuilder { { "_id", "balancer" } }.Build(),
                            ("mode", isOn ? "full" : "off"),
                            ("stopped", !isOn)
                        )
                    ),
                cancellationToken
            )
            .ConfigureAwait(false);
        if (!isOn)
        {
            await router.Cluster.Balancer.QuietAsync(cancellationToken).ConfigureAwait(false);
        }

        return [];
    }
}
