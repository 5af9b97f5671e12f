using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Mongo.Inspection;
using Godwit.Engine.Mongo.Reading;
using Godwit.Engine.Mongo.Sharding;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Mongo;

/// <summary>The source: a replica set, or a sharded cluster through its routers, that is read, followed, and write-blocked at cutover.</summary>
internal sealed class MongoSource : MongoCluster, ISourceCluster
{
    private readonly ShardSets shards;

    internal MongoSource(MongoAddress address, TimeProvider time, IReadOnlySet<string>? pretendedMissing = null)
        : base(address, Side.Source, time, pretendedMissing) => shards = new(address, Channel, time);

    public async Task<OplogWindow> ReadOplogWindowAsync(CancellationToken cancellationToken) =>
        await IsRoutedAsync(cancellationToken).ConfigureAwait(false)
            ? await shards.ReadOplogWindowAsync(cancellationToken).ConfigureAwait(false)
            : await OplogReader.WindowAsync(Channel, cancellationToken).ConfigureAwait(false);

    public async Task<IReadOnlyList<ShardHistory>> ReadShardHistoriesAsync(CancellationToken cancellationToken) =>
        await IsRoutedAsync(cancellationToken).ConfigureAwait(false)
            ? await shards.ReadHistoriesAsync(cancellationToken).ConfigureAwait(false)
            : [];

    public async Task<IReadOnlyList<string>> ListBlockObstaclesAsync(CancellationToken cancellationToken)
    {
        var operations = await OperationLister.ListAsync(Channel, cancellationToken).ConfigureAwait(false);
        return [.. operations.Select(OperationLister.DescribeObstacle).OfType<string>()];
    }

    public async Task<IReadOnlyList<string>> NameWritersAsync(
        IReadOnlyCollection<ClusterTime> times,
        CancellationToken cancellationToken
    ) =>
        await IsRoutedAsync(cancellationToken).ConfigureAwait(false)
            ? []
            : await WriterNames.FindAsync(Channel, times, cancellationToken).ConfigureAwait(false);

    public async Task<IReadOnlyList<RawDocument>> ReadKeyBoundsAsync(
        CollectionAddress collection,
        ShardKey key,
        CancellationToken cancellationToken
    )
    {
        if (!await IsRoutedAsync(cancellationToken).ConfigureAwait(false))
        {
            return await KeySampler.SampleAsync(Channel, collection, key, cancellationToken).ConfigureAwait(false);
        }

        var chunks = await ShardMap.ReadChunksAsync(Channel, collection.Uuid, cancellationToken).ConfigureAwait(false);
        return [.. chunks.Skip(1).Select(chunk => chunk.Minimum)];
    }

    public override async ValueTask DisposeAsync()
    {
        await shards.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }
}
