using System.Collections.Concurrent;
using Godwit.Engine.Faults;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Mongo.Reading;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Mongo.Sharding;

/// <summary>
/// The replica sets of a cluster's shards, reached directly for what routers do not tell: how far an oplog reaches back. With the
/// same credentials as the routers; whether these are known there, and whether a host name of the cluster's own can be reached from
/// here, depends on the deployment.
/// </summary>
internal sealed class ShardSets(MongoAddress address, CommandChannel routers, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly ConcurrentDictionary<string, DirectSet> sets = new(StringComparer.Ordinal);

    /// <summary>The window of the shard whose oplog reaches back least: what it has lost is lost to the stream.</summary>
    internal async Task<OplogWindow> ReadOplogWindowAsync(CancellationToken cancellationToken)
    {
        var shards = await ShardMap.ReadShardsAsync(routers, cancellationToken).ConfigureAwait(false);
        var windows = await Task.WhenAll(shards.Select(shard => SetOf(shard).ReadWindowAsync(cancellationToken)))
            .ConfigureAwait(false);
        return windows.MinBy(window => window.SpanSeconds);
    }

    /// <summary>What each shard that answers says of its history.</summary>
    internal async Task<IReadOnlyList<ShardHistory>> ReadHistoriesAsync(CancellationToken cancellationToken)
    {
        var shards = await ShardMap.ReadShardsAsync(routers, cancellationToken).ConfigureAwait(false);
        using var limit = new CancellationTokenSource(Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var found = await Task.WhenAll(shards.Select(shard => SetOf(shard).TryReadHistoryAsync(both.Token)))
            .ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        return [.. found.OfType<ShardHistory>()];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var set in sets.Values)
        {
            await set.DisposeAsync().ConfigureAwait(false);
        }
    }

    private DirectSet SetOf(ShardEntry shard) => sets.GetOrAdd(shard.Hosts, _ => new(shard, address, time));

    /// <summary>One shard's replica set.</summary>
    private sealed class DirectSet : IAsyncDisposable
    {
        private readonly ShardEntry shard;
        private readonly PrimaryFinder primary;
        private readonly ConnectionPool pool;
        private readonly CommandChannel channel;
        private volatile bool hasAnswered;

        internal DirectSet(ShardEntry shard, MongoAddress routers, TimeProvider time)
        {
            this.shard = shard;
            var address = routers.OfSet(shard.Hosts);
            primary = new(address, Side.Source, time);
            pool = new(address.ConnectionSettings, primary);
            channel = new(Side.Source, pool, new());
        }

        /// <summary><see langword="null"/> if it cannot be asked from here.</summary>
        internal async Task<ShardHistory?> TryReadHistoryAsync(CancellationToken cancellationToken)
        {
            try
            {
                var hello = await channel
                    .AskAsync(Stage.Connect, "admin", new() { { "hello", 1 } }, cancellationToken)
                    .ConfigureAwait(false);
                var (id, term) = await SetHistory.ReadAsync(channel, hello, cancellationToken).ConfigureAwait(false);
                return new(shard.Name, id, term);
            }
            catch (Exception silent) when (silent is ClusterException or OperationCanceledException)
            {
                return null;
            }
        }

        internal async Task<OplogWindow> ReadWindowAsync(CancellationToken cancellationToken)
        {
            try
            {
                var window = await OplogReader.WindowAsync(channel, cancellationToken).ConfigureAwait(false);
                hasAnswered = true;
                return window;
            }
            catch (ClusterException never) when (!hasAnswered)
            {
                throw new ClusterException(
                    Side.Source,
                    Stage.Changes,
                    FaultKind.BadRequest,
                    $"shard {shard.Name} ({shard.Hosts}) cannot be asked from here with this user: {never.Message}",
                    never.Code,
                    never
                );
            }
        }

        public async ValueTask DisposeAsync()
        {
            await pool.DisposeAsync().ConfigureAwait(false);
            await primary.DisposeAsync().ConfigureAwait(false);
        }
    }
}
