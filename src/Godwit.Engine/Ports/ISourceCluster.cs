using Godwit.Bson;

namespace Godwit.Engine.Ports;

/// <summary>What the engine needs of the source beyond reading.</summary>
internal interface ISourceCluster : ICluster
{
    /// <summary>The oplog's oldest and newest entry: how much history is left (S33).</summary>
    Task<OplogWindow> ReadOplogWindowAsync(CancellationToken cancellationToken);

    /// <summary>Open transactions and index builds that a write block would wait for or abort, described for a person (S27).</summary>
    Task<IReadOnlyList<string>> ListBlockObstaclesAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Users who made the changes of these times (S27), as <c>user@database</c>: no event tells, but the oplog has a digest of the user of
    /// every write that can be retried. Empty where it does not tell, or may not be asked.
    /// </summary>
    Task<IReadOnlyList<string>> NameWritersAsync(
        IReadOnlyCollection<ClusterTime> times,
        CancellationToken cancellationToken
    );

    /// <summary>The history of each shard that this host can ask directly; none of a replica set (S20).</summary>
    Task<IReadOnlyList<ShardHistory>> ReadShardHistoriesAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Keys that cut a collection into parts of about the same size, ascending: of a sharded collection those at which its chunks begin,
    /// of another one keys of its documents, sampled; one may come more than once.
    /// </summary>
    /// <param name="collection">The collection.</param>
    /// <param name="key">The key it is to have on the destination.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    Task<IReadOnlyList<RawDocument>> ReadKeyBoundsAsync(
        CollectionAddress collection,
        ShardKey key,
        CancellationToken cancellationToken
    );
}
