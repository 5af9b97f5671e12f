using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Sharding.Commands;

/// <summary>The commands that tell of the cluster.</summary>
internal static class ClusterFacts
{
    /// <summary><c>listShards</c>.</summary>
    internal static async ValueTask<DocumentBuilder> ListShards(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    ) =>
        new()
        {
            {
                "shards",
                RawValue.Array(
                    (
                        await ReadAsync(router.Cluster, ConfigNames.Shards, cancellationToken).ConfigureAwait(false)
                    ).Select(RawValue.Document)
                )
            },
        };

    /// <summary><c>getShardMap</c>.</summary>
    internal static ValueTask<DocumentBuilder> ShardMap(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var (map, hosts, connections) = (new DocumentBuilder(), new DocumentBuilder(), new DocumentBuilder());
        foreach (var server in router.Cluster.Servers)
        {
            map.Add(server.Name, server.ConnectionString);
            connections.Add(server.ConnectionString, server.Name);
            foreach (var host in server.Hosts)
            {
                hosts.Add(host, server.Name);
            }
        }

        return ValueTask.FromResult<DocumentBuilder>(
            new()
            {
                { "map", map },
                { "hosts", hosts },
                { "connStrings", connections },
            }
        );
    }

    /// <summary><c>getShardVersion</c>: the version of a collection's chunks.</summary>
    internal static ValueTask<DocumentBuilder> Version(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var collection = ChunkCommands.Collection(context, router);
        return ValueTask.FromResult<DocumentBuilder>(
            new()
            {
                { "version", collection.Version },
                { "versionEpoch", collection.Epoch },
                { "versionTimestamp", collection.Timestamp },
            }
        );
    }

    /// <summary><c>isdbgrid</c>.</summary>
    internal static ValueTask<DocumentBuilder> IsRouter(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    ) => ValueTask.FromResult<DocumentBuilder>(new() { { "isdbgrid", 1 }, { "hostname", Environment.MachineName } });

    /// <summary><c>netstat</c>.</summary>
    internal static ValueTask<DocumentBuilder> Network(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    ) =>
        ValueTask.FromResult<DocumentBuilder>(
            new() { { "configserver", router.Cluster.Config.ConnectionString }, { "isdbgrid", 1 } }
        );

    /// <summary><c>flushRouterConfig</c>: the table is always the newest.</summary>
    internal static ValueTask<DocumentBuilder> Flush(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    ) => ValueTask.FromResult<DocumentBuilder>(new() { { "flushed", true } });

    /// <summary>The documents of one of the config servers' collections, by <c>_id</c>.</summary>
    internal static ValueTask<List<RawDocument>> ReadAsync(
        ShardedCluster cluster,
        Namespace ns,
        CancellationToken cancellationToken
    ) =>
        cluster.Config.OnPrimaryAsync(
            (member, _) =>
            {
                using var view = member.Node.View();
                List<RawDocument> found = view.Catalog.Find(ns) is { } collection
                    ?
                    [
                        .. new CollectionReader(view, collection)
                            .Scan()
                            .Select(record => record.Document)
                            .OrderBy(document => document["_id"], ValueComparer.Binary),
                    ]
                    : [];
                return ValueTask.FromResult(found);
            },
            cancellationToken
        );
}
