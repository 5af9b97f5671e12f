using Godwit.Bson;
using Godwit.Sandbox.Diagnostics;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Storage;
using Godwit.Wire.Client;

namespace Godwit.Sandbox.Sharding;

/// <summary>
/// What all processes of a sharded cluster share: its replica sets, and the newest routing table. Changes of the metadata are written
/// to the config servers by one writer at a time and read back from there.
/// </summary>
internal sealed class ShardedCluster : IDisposable
{
    /// <summary>The name of the shard that the config servers become.</summary>
    internal const string ConfigShard = "config";

    private static readonly Namespace Versions = new("admin", "system.version");

    /// <summary>A shard told which cluster it belongs to.</summary>
    internal static readonly ShardTask NameTask = ShardTask.Awaited("name", NameAsync);

    private readonly SemaphoreSlim writing = new(1);
    private readonly string life = Guid.NewGuid().ToString();
    private volatile RoutingTable table = RoutingTable.Empty;
    private volatile IReadOnlyList<ShardServer> shards = [];
    private IReadOnlyList<SandboxCluster> sets = [];

    internal ShardedCluster(TimeProvider time, TimeSpan balancerPause, bool takesRemoteShards = false)
    {
        TakesRemoteShards = takesRemoteShards;
        Time = time;
        Clock = new(time);
        Deletions = new(this);
        Balancer = new(this, balancerPause);
    }

    /// <summary>How its processes connect to one another.</summary>
    internal ConnectionSettings Peers { get; init; } = PeerSettings.Of(null, null, null);

    /// <summary>Whether its shards run in other processes, which <c>addShard</c> brings in.</summary>
    internal bool TakesRemoteShards { get; }

    /// <summary>The clock of all processes.</summary>
    internal TimeProvider Time { get; }

    /// <summary>The cluster time that routers pass on between shards.</summary>
    internal LogicalClock Clock { get; }

    /// <summary>The config servers.</summary>
    internal LocalServer Config { get; private set; } = null!;

    /// <summary>The shards in the order of their names.</summary>
    internal IReadOnlyList<ShardServer> Shards => shards;

    /// <summary>The shards, and the config servers, which may be one of them.</summary>
    internal IReadOnlyList<ShardServer> Servers => [.. shards.Where(shard => shard != Config), Config];

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

    /// <summary>The moves of chunks that are under way.</summary>
    internal ActiveMigrations Migrations { get; } = new();

    /// <summary>Spreads collections over the shards.</summary>
    internal Balancer Balancer { get; }

    /// <summary>What shards hold of ranges that are not theirs any more.</summary>
    internal RangeDeletions Deletions { get; }

    /// <summary>What routers of another process have told this one.</summary>
    internal ToldTables Told { get; } = new();

    /// <summary>The cluster's id.</summary>
    internal RawValue Id { get; set; }

    /// <summary>Whether the config servers have written down the cluster's beginning.</summary>
    internal bool IsBorn { get; private set; }

    /// <summary>The newest routing table.</summary>
    internal RoutingTable Table => table;

    /// <summary>Takes in the replica sets, which had to know of the cluster before they were started.</summary>
    internal void Join(LocalServer config, IReadOnlyList<SandboxCluster> all) => (Config, sets) = (config, all);

    /// <summary>The shard that a member belongs to; <see langword="null"/> for one of a set that is no shard.</summary>
    internal ShardServer? ShardOf(Member member) =>
        shards.FirstOrDefault(shard => shard.SetName == member.Node.Options.ReplicaSet);

    /// <summary>Any shard: what does not exist is asked for anywhere.</summary>
    internal ShardServer AnyShard =>
        shards is [var first, ..] ? first : throw new CommandException(ErrorCode.ShardNotFound, "No shards found");

    /// <summary>A shard by name.</summary>
    internal ShardServer Shard(string name) =>
        FindShard(name) ?? throw new CommandException(ErrorCode.ShardNotFound, $"Shard {name} not found");

    /// <summary>A shard by name.</summary>
    internal ShardServer? FindShard(string name) =>
        Shards.FirstOrDefault(shard => shard.Name == name || shard.ConnectionString == name);

    /// <summary>What a routing table of this process is called towards others.</summary>
    internal string IdOf(RoutingTable known) => $"{life}/{known.Number}";

    /// <summary>Takes in the routing table that a router of another process goes by.</summary>
    internal void Learn(string id, RoutingTable told)
    {
        Told.Add(id, told);
        Take(told);
    }

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
            // One in another process may be down now: it is waited for beside the requests, which find that out for themselves.
            var begun = Ongoing.Begin(stopping =>
                Insistence.UntilDoneAsync(() => TakeUpAsync(shard, stopping), Time, stopping)
            );
            if (shard is LocalServer)
            {
                await begun.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        IsBorn = true;
        _ = Ongoing.Begin(Balancer.RunAsync);
    }

    private async ValueTask TakeUpAsync(ShardServer shard, CancellationToken stopping)
    {
        await NameAsync(shard, stopping).ConfigureAwait(false);
        await TwoPhaseCommit.RecoverAsync(this, shard, stopping).ConfigureAwait(false);
        await Deletions.RecoverAsync(shard, stopping).ConfigureAwait(false);
    }

    /// <summary>A shard keeps which cluster it belongs to, and under which name.</summary>
    internal async ValueTask NameAsync(ShardServer shard, CancellationToken cancellationToken)
    {
        var identity = new DocumentBuilder
        {
            { "_id", "shardIdentity" },
            { "shardName", shard.Name },
            { "clusterId", Id },
            { "configsvrConnectionString", Config.ConnectionString },
        }.Build();
        _ = await shard.DoAsync(NameTask, [], cancellationToken, [identity]).ConfigureAwait(false);
    }

    private static async ValueTask<DocumentBuilder> NameAsync(Member member, TaskInput input, CancellationToken token)
    {
        await FeatureCompatibility.EnsureAsync(member, token).ConfigureAwait(false);
        if (member.Node.Find(Versions, "shardIdentity") != input.Documents[0])
        {
            await member.Writes.PutAsync(Versions, input.Documents[0], token).ConfigureAwait(false);
        }

        return [];
    }

    /// <inheritdoc/>
    public void Dispose() => writing.Dispose();

    /// <summary>Closes the connections to shards in other processes.</summary>
    internal async ValueTask CloseAsync()
    {
        foreach (var shard in Shards.OfType<RemoteServer>())
        {
            await shard.CloseAsync().ConfigureAwait(false);
        }
    }

    private void Take(RoutingTable newest)
    {
        var known = shards;
        shards =
        [
            .. newest.Shards.Select(entry =>
                known.FirstOrDefault(shard => shard.Name == entry.Name && shard.SetName == entry.SetName)
                ?? Reach(entry)
            ),
        ];
        table = newest;
    }

    private ShardServer Reach(ShardEntry entry) =>
        entry.Name == ConfigShard && Config is { } config ? config
        : sets.FirstOrDefault(set => set.SetName == entry.SetName) is { } own ? new LocalServer(entry.Name, own, this)
        : new RemoteServer(entry.Name, entry.Host, this);
}
