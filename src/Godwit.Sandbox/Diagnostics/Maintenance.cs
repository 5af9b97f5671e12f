using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Diagnostics;

/// <summary>The commands that look after a server's files, plans and log.</summary>
internal static class Maintenance
{
    /// <summary><c>compact</c>: the store compacts itself, so there is never anything to free.</summary>
    internal static DocumentBuilder Compact(CommandContext context)
    {
        var ns = context.Collection();
        if (context.Member is { IsReplicaSetMember: true, IsPrimary: true } && !context.Body["force"].IsTruthy())
        {
            throw new CommandException(
                ErrorCode.IllegalOperation,
                "will not run compact on an active replica set primary as this will slow down other running operations. use force:true to force"
            );
        }

        return context.Node.Catalog.Latest.Find(ns) is { IsView: false }
            ? new() { { "bytesFreed", 0L } }
            : throw new CommandException(ErrorCode.NamespaceNotFound, "collection does not exist");
    }

    /// <summary><c>planCacheListFilters</c>: none has been set.</summary>
    internal static DocumentBuilder ListFilters(CommandContext context)
    {
        _ = context.Collection();
        return new() { { "filters", new ArrayBuilder().Build() } };
    }

    /// <summary><c>planCacheSetFilter</c>.</summary>
    internal static DocumentBuilder SetFilter(CommandContext context) =>
        throw new CommandException(ErrorCode.NotImplemented, "index filters are not offered: hint the query instead");

    /// <summary><c>mapReduce</c>: as a server answers that was built or started without JavaScript.</summary>
    internal static DocumentBuilder RefuseJavaScript(CommandContext context) =>
        throw new CommandException(31264, "Cannot run server-side javascript without the javascript engine enabled");

    /// <summary>What samples queries or changes how they are planned.</summary>
    internal static DocumentBuilder RefuseAdvice(CommandContext context) =>
        throw new CommandException(ErrorCode.NotImplemented, $"{context.Request.Name} is not offered");

    /// <summary><c>validateDBMetadata</c>: views and validators use nothing that the stable API is without.</summary>
    internal static DocumentBuilder ValidateMetadata(CommandContext context)
    {
        var parameters = context.Arguments.RequiredDocument("apiParameters");
        return parameters["version"] == "1"
            ? new() { { "apiVersionErrors", new ArrayBuilder().Build() } }
            : throw new CommandException(
                ErrorCode.APIVersionError,
                "Unrecognized API version: " + parameters["version"]
            );
    }

    /// <summary>The commands of search indexes: on a server without search they say where there is some.</summary>
    internal static DocumentBuilder RefuseSearch(CommandContext context) => throw NoSearch();

    /// <summary>What is said of search indexes where there is no search.</summary>
    internal static CommandException NoSearch() =>
        new(
            ErrorCode.SearchNotEnabled,
            "Using Atlas Search Database Commands and the $listSearchIndexes aggregation stage requires additional configuration. "
                + "Please connect to Atlas or an AtlasCLI local deployment to enable."
        );

    /// <summary><c>planCacheClear</c>: plans are made for each query, none is kept.</summary>
    internal static DocumentBuilder ClearPlans(CommandContext context)
    {
        _ = context.Collection();
        return [];
    }

    /// <summary><c>getShardMap</c>: of a set that is no shard.</summary>
    internal static DocumentBuilder ShardMap(CommandContext context) =>
        throw new CommandException(ErrorCode.ShardingStateNotInitialized, "Sharding is not enabled");

    /// <summary><c>connPoolStats</c>: a member of a set keeps no pool of connections to others.</summary>
    internal static DocumentBuilder ConnectionPools(CommandContext context) =>
        new()
        {
            { "numClientConnections", 0 },
            { "numAScopedConnections", 0 },
            { "totalInUse", 0 },
            { "totalAvailable", 0 },
            { "totalLeased", 0 },
            { "totalCreated", 0 },
            { "totalRefreshing", 0 },
            { "replicaSetMatchingStrategy", "matchPrimaryNode" },
            { "pools", RawDocument.Empty },
            { "hosts", RawDocument.Empty },
            { "replicaSets", RawDocument.Empty },
        };

    /// <summary><c>logRotate</c>.</summary>
    internal static DocumentBuilder RotateLog(CommandContext context) =>
        context.Body["logRotate"] is { Type: BsonType.String } type && type.AsString is not ("server" or "audit")
            ? throw new CommandException(ErrorCode.NoSuchKey, "Log rotation failed due to one or more errors")
            : [];

    /// <summary><c>killOp</c>.</summary>
    internal static DocumentBuilder KillOperation(CommandContext context)
    {
        var op = context.Body["op"];
        if (op.IsMissing)
        {
            throw new CommandException(ErrorCode.NoSuchKey, "Missing expected field \"op\"");
        }

        context.Member.Operations.Kill((int)(op.ToInt64() ?? 0));
        return new() { { "info", "attempting to kill op" } };
    }
}
