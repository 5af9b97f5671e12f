using Godwit.Bson;
using Godwit.Sandbox.Diagnostics;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Sharding;

/// <summary>
/// What all processes of a sharded cluster share: its replica sets, and the newest routing table. Changes of the metadata are written
/// to the config servers by one writer at a time and read back from there.
/// </summary>
internal sealed class ShardedCluster : IDisposable
{
    private readonly SemaphoreSlim writing = new(1);
    private volatile RoutingTable table = RoutingTable.Empty;
    private volatile IReadOnlyList<ShardServer> shards = [];
    private IReadOnlyList<SandboxCluster> sets = [];

    internal ShardedCluster(TimeProvider time, TimeSpan balancerPause)
    {
        Time = time;
        Clock = new(time);
        Deletions = new(this);
        Balancer = new(this, balancerPause);
    }

    /// <summary>The clock of all processes.</summary>
    internal TimeProvider Time { get; }

    /// <summary>The cluster time that routers pass on between shards.</summary>
    internal LogicalClock Clock { get; }

    /// <summary>The config servers.</summary>
    internal ShardServer Config { get; private set; } = null!;

    /// <summary>The shards in the order of their names.</summary>
    internal IReadOnlyList<ShardServer> Shards => shards;

    /// <summary>The shards that may be given more: all but those that are to be removed.</summary>
    internal IReadOnlyList<ShardServer> Receiving =>
        [.. shards.Where(shard => table.Shards.All(entry => entry.Name != shard.Name || !entry.IsDraining))];

    /// <summary>The replica sets that are shards or may become some.</summary>
    internal IReadOnlyList<SandboxCluster> Sets => sets;

    /// <summary>The addresses of the routers.</summary>
    internal IReadOnlyList<string> Routers { get; set; } = [];

    /// <summary>What keeps collections where they are while requests run.</summary>
    internal Leases Leases { get; } = new();

    /// <summary>What goes on whether or not a request waits for it.</summary>
    internal OngoingWork Ongoing { get; } = new();

    /// <summary>Spreads collections over the shards.</summary>
    internal Balancer Balancer { get; }

    /// <summary>What shards hold of ranges that are not theirs any more.</summary>
    internal RangeDeletions Deletions { get; }

    /// <summary>The cluster's id.</summary>
    internal RawValue Id { get; set; }

    /// <summary>Whether the config servers have written down the cluster's beginning.</summary>
    internal bool IsBorn { get; private set; }

    /// <summary>The newest routing table.</summary>
    internal RoutingTable Table => table;

    /// <summary>Takes in the replica sets, which had to know of the cluster before they were started.</summary>
    internal void Join(ShardServer config, IReadOnlyList<SandboxCluster> all) => (Config, sets) = (config, all);

    /// <summary>The shard that a member belongs to; <see langword="null"/> for one of a set that is no shard.</summary>
    internal ShardServer? ShardOf(Member member) =>
        shards.FirstOrDefault(shard => shard.Set.SetName == member.Node.Options.ReplicaSet);

    /// <summary>A shard by name.</summary>
    internal ShardServer Shard(string name) =>
        FindShard(name) ?? throw new CommandException(ErrorCode.ShardNotFound, $"Shard {name} not found");

    /// <summary>A shard by name.</summary>
    internal ShardServer? FindShard(string name) =>
        Shards.FirstOrDefault(shard => shard.Name == name || shard.ConnectionString == name);

    /// <summary>Changes the metadata in one commit, waits until a majority has it, and routes by it from then on.</summary>
    internal async ValueTask<ClusterTime> ChangeAsync(
        Action<MetadataChange> change,
        CancellationToken cancellationToken
    )
    {
        await writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await Config
                .OnPrimaryAsync(
                    async (member, token) =>
                    {
                        var time = MetadataChange.Run(member, change);
                        Clock.Advance(time);
                        await member
                            .Node.Changed.WaitAsync(() => member.Node.CommitPoint.Time >= time, token)
                            .ConfigureAwait(false);
                        Take(RoutingTable.Load(member.Node));
                        return time;
                    },
                    cancellationToken
                )
                .ConfigureAwait(false);
        }
        finally
        {
            _ = writing.Release();
        }
    }

    /// <summary>Writes down the beginning of a new cluster, or reads what an earlier life has left, and goes on with it.</summary>
    /// <param name="count">How many of the sets are the shards of a new cluster.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    internal async ValueTask BeginAsync(int count, CancellationToken cancellationToken)
    {
        _ = await ChangeAsync(change => Id = Birth.Record(change, this, sets.Take(count)), cancellationToken)
            .ConfigureAwait(false);
        // So that routers list admin, which is that of the config servers (sharded_handshake, step 13).
        _ = await Config
            .OnPrimaryAsync(
                async (member, token) =>
                {
                    await FeatureCompatibility.EnsureAsync(member, token).ConfigureAwait(false);
                    return true;
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        foreach (var shard in Shards)
        {
            await NameAsync(shard, cancellationToken).ConfigureAwait(false);
        }

        IsBorn = true;
        await TwoPhaseCommit.RecoverAsync(this, cancellationToken).ConfigureAwait(false);
        await Deletions.RecoverAsync(cancellationToken).ConfigureAwait(false);
        _ = Ongoing.Begin(Balancer.RunAsync);
    }

    /// <summary>A shard keeps which cluster it belongs to, and under which name.</summary>
    internal async ValueTask NameAsync(ShardServer shard, CancellationToken cancellationToken)
    {
        var versions = new Namespace("admin", "system.version");
        var identity = new DocumentBuilder
        {
            { "_id", "shardIdentity" },
            { "shardName", shard.Name },
            { "clusterId", Id },
            { "configsvrConnectionString", Config.ConnectionString },
        }.Build();
        _ = await shard
            .OnPrimaryAsync(
                async (member, token) =>
                {
                    await FeatureCompatibility.EnsureAsync(member, token).ConfigureAwait(false);
                    if (member.Node.Find(versions, "shardIdentity") != identity)
                    {
                        await member.Writes.PutAsync(versions, identity, token).ConfigureAwait(false);
                    }

                    return true;
                },
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => writing.Dispose();

    private void Take(RoutingTable newest)
    {
        var known = shards;
        shards =
        [
            .. newest.Shards.Select(entry =>
                known.FirstOrDefault(shard => shard.Name == entry.Name)
                ?? new ShardServer(entry.Name, sets.First(set => set.SetName == entry.SetName), this)
            ),
        ];
        table = newest;
    }
}
