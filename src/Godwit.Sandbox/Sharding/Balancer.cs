using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Sharding.Commands;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Sharding;

/// <summary>
/// Spreads sharded collections over the shards, one round after the other: cuts chunks where zones begin and end, and moves what
/// <see cref="BalancerPolicy"/> chooses.
/// </summary>
/// <param name="cluster">The cluster.</param>
/// <param name="pause">How long it rests after a round that moved nothing.</param>
internal sealed class Balancer(ShardedCluster cluster, TimeSpan pause)
{
    /// <summary><c>balancerMigrationsThrottlingMs</c>: how long it rests after a round that moved something.</summary>
    private static readonly TimeSpan ShortPause = TimeSpan.FromSeconds(1);

    private readonly ChangeSignal changed = new();
    private long rounds;

    /// <summary>How many rounds have been.</summary>
    internal long Rounds => Interlocked.Read(ref rounds);

    /// <summary>Whether a round goes on.</summary>
    internal bool IsInRound { get; private set; }

    /// <summary>Completes when no round goes on.</summary>
    internal Task QuietAsync(CancellationToken cancellationToken) =>
        changed.WaitAsync(() => !IsInRound, cancellationToken);

    /// <summary>Runs rounds until the cluster ends. A config server that is not there is waited for.</summary>
    internal async Task RunAsync(CancellationToken stopping)
    {
        var next = pause;
        while (true)
        {
            await Task.Delay(next, cluster.Time, stopping).ConfigureAwait(false);
            try
            {
                next = await RoundAsync(stopping).ConfigureAwait(false) && ShortPause < pause ? ShortPause : pause;
            }
            catch (CommandException)
            {
                next = pause;
            }
        }
    }

    /// <summary>Why a collection is not as it should be, as <c>balancerCollectionStatus</c> names it; <see langword="null"/> where it is.</summary>
    internal async ValueTask<string?> ViolationAsync(ShardedCollection collection, CancellationToken cancellationToken)
    {
        var zones = await ZonesAsync(collection, cancellationToken).ConfigureAwait(false);
        if (Cuts(collection, zones).Any())
        {
            return "zoneViolation";
        }

        var policy = await PolicyAsync(collection, zones, cancellationToken).ConfigureAwait(false);
        _ = policy.Choose([.. cluster.Shards.Select(shard => shard.Name)]);
        return policy.Reason;
    }

    private async Task<bool> RoundAsync(CancellationToken stopping)
    {
        IsInRound = true;
        try
        {
            var settings = await BalancerSettings.ReadAsync(cluster, stopping).ConfigureAwait(false);
            if (!settings.IsOn || !settings.IsActiveAt(cluster.Time.GetUtcNow().TimeOfDay))
            {
                return false;
            }

            var started = cluster.Time.GetTimestamp();
            var (chosen, moved) = await BalanceAsync(settings, stopping).ConfigureAwait(false);
            _ = Interlocked.Increment(ref rounds);
            if (chosen > 0)
            {
                await LogAsync(cluster.Time.GetElapsedTime(started), chosen, moved, stopping).ConfigureAwait(false);
            }

            return moved > 0;
        }
        finally
        {
            IsInRound = false;
            changed.Raise();
        }
    }

    private async Task<(int Chosen, int Moved)> BalanceAsync(BalancerSettings settings, CancellationToken stopping)
    {
        var available = cluster.Shards.Select(shard => shard.Name).ToHashSet(StringComparer.Ordinal);
        var (chosen, moved) = (0, 0);
        var entries = await ClusterFacts.ReadAsync(cluster, ConfigNames.Collections, stopping).ConfigureAwait(false);
        foreach (var found in entries.Where(IsBalanced).Select(Newest).OfType<ShardedCollection>().ToList())
        {
            var collection = await CutAsync(found, stopping).ConfigureAwait(false);
            var zones = await ZonesAsync(collection, stopping).ConfigureAwait(false);
            var policy = await PolicyAsync(collection, zones, stopping).ConfigureAwait(false);
            foreach (var (chunk, to) in policy.Choose(available))
            {
                chosen++;
                moved += await TryMoveAsync(collection, chunk, to, settings.Waits, stopping).ConfigureAwait(false)
                    ? 1
                    : 0;
            }
        }

        return (chosen, moved);
    }

    /// <summary>Cuts chunks where zones begin and end.</summary>
    private async Task<ShardedCollection> CutAsync(ShardedCollection collection, CancellationToken stopping)
    {
        var zones = await ZonesAsync(collection, stopping).ConfigureAwait(false);
        foreach (var point in Cuts(collection, zones).ToList())
        {
            await ChunkSplit.EnsureAsync(cluster, collection.Namespace, point, stopping).ConfigureAwait(false);
        }

        return cluster.Table.Find(collection.Namespace) ?? collection;
    }

    // What cannot be moved now is tried again in a later round.
    private async Task<bool> TryMoveAsync(
        ShardedCollection collection,
        Chunk chunk,
        string to,
        bool waits,
        CancellationToken stopping
    )
    {
        try
        {
            await new RangeMove(cluster, collection, cluster.Shard(to))
                .RunAsync(chunk.Minimum, null, waits, stopping)
                .ConfigureAwait(false);
            return true;
        }
        catch (CommandException)
        {
            return false;
        }
    }

    private ValueTask<List<Zone>> ZonesAsync(ShardedCollection collection, CancellationToken cancellationToken) =>
        ZoneCommands.ReadAsync(cluster, collection.Namespace, collection.Key, cancellationToken);

    private async ValueTask<BalancerPolicy> PolicyAsync(
        ShardedCollection collection,
        List<Zone> zones,
        CancellationToken cancellationToken
    )
    {
        var bytes = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var shard in cluster.Shards)
        {
            var held = await SizeOf.AskAsync(shard, collection.Uuid, cancellationToken).ConfigureAwait(false);
            bytes[shard.Name] = OwnedBytes(held, shard.Name, collection);
        }

        var size = await BalancerSettings.ChunkBytesAsync(cluster, collection, cancellationToken).ConfigureAwait(false);
        return new(collection, zones, cluster.Table.Shards, bytes, size);
    }

    /// <summary>By the number of documents, without those known to be another shard's, and their average size.</summary>
    private long OwnedBytes((long Records, long Bytes) held, string shard, ShardedCollection collection)
    {
        var owned = Math.Max(0, held.Records - cluster.Deletions.OrphansOf(shard, collection.Uuid));
        return held.Records == 0 ? 0 : owned * (held.Bytes / held.Records);
    }

    private ShardedCollection? Newest(RawDocument entry) => cluster.Table.Find(Namespace.Parse(entry["_id"].AsString));

    // By the entry as it is now: sh.disableBalancing() of the shell writes there itself.
    private static bool IsBalanced(RawDocument entry) =>
        !entry["unsplittable"].IsTruthy()
        && !entry["noBalance"].IsTruthy()
        && entry["permitMigrations"] is not { Type: BsonType.Boolean, AsBoolean: false }
        && entry["allowMigrations"] is not { Type: BsonType.Boolean, AsBoolean: false };

    private static IEnumerable<RawDocument> Cuts(ShardedCollection collection, List<Zone> zones) =>
        zones
            .SelectMany(zone => new[] { zone.Minimum, zone.Maximum })
            .Where(bound => !bound.Equals(collection.Key.Maximum) && !collection.ChunkOf(bound).Minimum.Equals(bound));

    private async Task LogAsync(TimeSpan elapsed, int chosen, int moved, CancellationToken stopping)
    {
        var details = new DocumentBuilder
        {
            { "executionTimeMillis", (int)elapsed.TotalMilliseconds },
            { "errorOccurred", false },
            { "candidateChunks", chosen },
            { "chunksMoved", moved },
        }.Build();
        _ = await cluster
            .ChangeAsync(change => ChangeLog.Add(change, "balancer.round", "", details, isAction: true), stopping)
            .ConfigureAwait(false);
    }
}
