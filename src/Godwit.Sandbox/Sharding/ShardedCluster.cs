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

    internal ShardedCluster(TimeProvider time)
    {
        Time = time;
        Clock = new(time);
        Deletions = new(this);
    }

    /// <summary>The clock of all processes.</summary>
    internal TimeProvider Time { get; }

    /// <summary>The cluster time that routers pass on between shards.</summary>
    internal LogicalClock Clock { get; }

    /// <summary>The config servers.</summary>
    internal ShardServer Config { get; private set; } = null!;

    /// <summary>The shards in the order of their names.</summary>
    internal IReadOnlyList<ShardServer> Shards { get; private set; } = [];

    /// <summary>The addresses of the routers.</summary>
    internal IReadOnlyList<string> Routers { get; set; } = [];

    /// <summary>What keeps collections where they are while requests run.</summary>
    internal Leases Leases { get; } = new();

    /// <summary>What goes on whether or not a request waits for it.</summary>
    internal OngoingWork Ongoing { get; } = new();

    /// <summary>What shards hold of ranges that are not theirs any more.</summary>
    internal RangeDeletions Deletions { get; }

    /// <summary>The cluster's id.</summary>
    internal RawValue Id { get; set; }

    /// <summary>Whether the config servers have written down the cluster's beginning.</summary>
    internal bool IsBorn { get; private set; }

    /// <summary>The newest routing table.</summary>
    internal RoutingTable Table => table;

    /// <summary>Takes in the replica sets, which had to know of the cluster before they were started.</summary>
    internal void Join(ShardServer config, IReadOnlyList<ShardServer> shards) => (Config, Shards) = (config, shards);

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
                        table = RoutingTable.Load(member.Node);
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

    /// <summary>Writes down the beginning of a new cluster, or reads what an earlier life has left.</summary>
    internal async ValueTask BeginAsync(CancellationToken cancellationToken)
    {
        _ = await ChangeAsync(change => Id = Birth.Record(change, this), cancellationToken).ConfigureAwait(false);
        foreach (var shard in Shards)
        {
            await NameAsync(shard, cancellationToken).ConfigureAwait(false);
        }

        IsBorn = true;
    }

    /// <inheritdoc/>
    public void Dispose() => writing.Dispose();

    /// <summary>A shard keeps which cluster it belongs to, and under which name.</summary>
    private async ValueTask NameAsync(ShardServer shard, CancellationToken cancellationToken)
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
}
