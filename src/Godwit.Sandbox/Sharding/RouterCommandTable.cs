using System.Collections.Frozen;
using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Sharding.Commands;

namespace Godwit.Sandbox.Sharding;

/// <summary>Every command a router knows. Others are refused, those of MongoDB's that are not built by their own code.</summary>
internal static class RouterCommandTable
{
    /// <summary>What the router answers itself, as any server.</summary>
    private static readonly string[] Own =
    [
        "hello",
        "ping",
        "analyzeShardKey",
        "configureQueryAnalyzer",
        "mapReduce",
        "removeQuerySettings",
        "setQuerySettings",
        "authenticate",
        "buildInfo",
        "configureFailPoint",
        "createSearchIndexes",
        "dropSearchIndex",
        "listSearchIndexes",
        "updateSearchIndex",
        "waitForFailPoint",
        "connPoolStats",
        "connectionStatus",
        "features",
        "getCmdLineOpts",
        "getLog",
        "getMore",
        "getParameter",
        "hostInfo",
        "invalidateUserCache",
        "killCursors",
        "listCommands",
        "logRotate",
        "logout",
        "refreshSessions",
        "saslContinue",
        "saslStart",
        "serverStatus",
        "setParameter",
        "startSession",
        "testVersion2",
        "whatsmyuri",
    ];

    private static readonly string[] OfConfigServers =
    [
        "_mergeAuthzCollections",
        "createUser",
        "updateUser",
        "dropUser",
        "dropAllUsersFromDatabase",
        "grantRolesToUser",
        "revokeRolesFromUser",
        "usersInfo",
        "createRole",
        "updateRole",
        "dropRole",
        "dropAllRolesFromDatabase",
        "grantPrivilegesToRole",
        "revokePrivilegesFromRole",
        "grantRolesToRole",
        "revokeRolesFromRole",
        "rolesInfo",
        "getClusterParameter",
        "getDefaultRWConcern",
        "setDefaultRWConcern",
    ];

    private static readonly ICommand[] Commands =
    [
        .. Own.Select(name => CommandTable.Find(name)).OfType<ICommand>(),
        .. OfConfigServers
            .Where(name => CommandTable.Find(name) is not null)
            .Select(name => new RoutedForward(name, toConfig: true)),
        .. Routed(),
        .. OfTheCluster(),
        new AnswerCommand(new CommandTraits("checkMetadataConsistency"), Diagnostics.Maintenance.RefuseAdvice),
        new AnswerCommand(
            new CommandTraits("replSetGetStatus") { IsAdminOnly = true, OnSecondary = SecondaryUse.Always },
            _ =>
                new()
                {
                    { "info", "mongos" },
                    { "ok", 0.0 },
                    { "errmsg", "replSetGetStatus is not supported through mongos" },
                }
        ),
    ];

    private static readonly FrozenDictionary<string, ICommand> ByName = Commands
        .SelectMany(command => command.Traits.Aliases.Append(command.Traits.Name).Select(name => (name, command)))
        .ToFrozenDictionary(pair => pair.name, pair => pair.command, StringComparer.Ordinal);

    /// <summary>The command of that name or alias.</summary>
    internal static ICommand? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>All commands.</summary>
    internal static IReadOnlyList<ICommand> All => Commands;

    private static IEnumerable<ICommand> Routed() =>
        [
            new RoutedAggregate(),
            new RoutedBulkWrite(),
            new RoutedCollMod(),
            new RoutedCollectionStats(),
            new RoutedCount(),
            new RoutedCurrentOperation(),
            new RoutedCreate(),
            new RoutedDatabaseStats(),
            new RoutedDistinct(),
            new RoutedDrop(),
            new RoutedDropDatabase(),
            new RoutedEverywhere("appendOplogNote", showsRaw: true),
            new RoutedEverywhere("setClusterParameter", showsRaw: false, withConfig: true),
            new RoutedEverywhere("setFeatureCompatibilityVersion", showsRaw: false, withConfig: true),
            new RoutedEverywhere("setUserWriteBlockMode", showsRaw: false, withConfig: true),
            new RoutedExplain(),
            new RoutedFind(),
            new RoutedFindAndModify(),
            new RoutedForward("convertToCapped"),
            new RoutedDataSize(),
            new RoutedForward("listCollections"),
            new RoutedForward("listIndexes"),
            new RoutedForward("planCacheListFilters"),
            new RoutedForward("profile"),
            new RoutedForward("validate"),
            new RoutedIndexes("createIndexes", isCreation: true),
            new RoutedIndexes("dropIndexes", isCreation: false),
            new RoutedIndexes("planCacheClear", isCreation: false),
            new RoutedIndexes("planCacheClearFilters", isCreation: false),
            new RoutedIndexes("planCacheSetFilter", isCreation: false),
            new RoutedFsync("fsync"),
            new RoutedFsync("fsyncUnlock"),
            new RoutedListDatabases(),
            new RoutedRename(),
            new RoutedSessions("endSessions"),
            new RoutedSessions("killAllSessions"),
            new RoutedSessions("killAllSessionsByPattern"),
            new RoutedSessions("killSessions"),
            new RoutedTransactionEnds("abortTransaction"),
            new RoutedTransactionEnds("commitTransaction"),
            new RoutedWriteCommand("delete", "deletes"),
            new RoutedWriteCommand("insert", "documents"),
            new RoutedWriteCommand("update", "updates"),
        ];

    private static IEnumerable<ICommand> OfTheCluster() =>
        [
            .. ReshardingCommands.OfOngoing.Select(name => Make(name, ReshardingCommands.RefuseOngoing)),
            Make("addShard", AddShardCommand.RunAsync, "addshard"),
            Make("addShardToZone", ZoneCommands.AddShard, "addShardTag"),
            Make("balancerCollectionStatus", BalancerCommands.CollectionStatus),
            Make("balancerStart", BalancerCommands.Start),
            Make("balancerStatus", BalancerCommands.Status),
            Make("balancerStop", BalancerCommands.Stop),
            Make("clearJumboFlag", ChunkCommands.ClearJumbo),
            Make("configureCollectionBalancing", BalancerCommands.Configure),
            Make("enableSharding", DatabaseCommands.Enable, "enablesharding"),
            Make("flushRouterConfig", ClusterFacts.Flush),
            Make("getShardMap", ClusterFacts.ShardMap),
            Make("getShardVersion", ClusterFacts.Version),
            Make("isdbgrid", ClusterFacts.IsRouter),
            Make("killOp", RoutedOperations.KillAsync),
            Make("listShards", ClusterFacts.ListShards),
            Make("mergeAllChunksOnShard", ChunkMerging.RunAsync),
            Make("mergeChunks", ChunkCommands.Merge),
            Make("moveChunk", ChunkCommands.Move, "movechunk"),
            Make("moveCollection", ReshardingCommands.Move),
            Make("movePrimary", DatabaseCommands.MovePrimary, "moveprimary"),
            Make("moveRange", ChunkCommands.MoveRange),
            Make("netstat", ClusterFacts.Network),
            Make("refineCollectionShardKey", RefineCommand.RunAsync),
            Make("removeShard", RemoveShardCommand.RunAsync, "removeshard"),
            Make("removeShardFromZone", ZoneCommands.RemoveShard),
            Make("reshardCollection", ReshardingCommands.Reshard),
            Make("setAllowMigrations", BalancerCommands.AllowMigrations),
            Make("shardCollection", DatabaseCommands.Shard, "shardcollection"),
            Make("split", ChunkCommands.Split),
            Make("transitionFromDedicatedConfigServer", ConfigShardCommands.FromDedicatedAsync),
            Make("transitionToDedicatedConfigServer", ConfigShardCommands.ToDedicatedAsync),
            Make("unshardCollection", ReshardingCommands.Unshard),
            Make("updateZoneKeyRange", ZoneCommands.UpdateRange),
        ];

    private static ClusterCommand Make(
        string name,
        Func<CommandContext, Router, CancellationToken, ValueTask<DocumentBuilder>> run,
        params string[] aliases
    ) =>
        new(
            new CommandTraits(name)
            {
                Aliases = aliases,
                IsAdminOnly = true,
                TakesWriteConcern = true,
            },
            run
        );
}
