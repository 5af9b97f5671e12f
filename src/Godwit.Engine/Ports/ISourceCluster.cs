using Godwit.Bson;

namespace Godwit.Engine.Ports;

/// <summary>What the engine needs of the source beyond reading.</summary>
internal interface ISourceCluster : ICluster
{
    /// <summary>The oplog's oldest and newest entry: how much history is left (S33).</summary>
    Task<OplogWindow> ReadOplogWindowAsync(CancellationToken cancellationToken);

    /// <summary>Open transactions and index builds that a write block would wait for or abort, described for a person (S27).</summary>
    Task<IReadOnlyList<string>> ListBlockObstaclesAsync(CancellationToken cancellationToken);

    /// <summary>The keys at which chunks of a sharded collection begin, ascending, the least key left out; none if it is not sharded.</summary>
    Task<IReadOnlyList<RawDocument>> ReadChunkBoundsAsync(
        CollectionAddress collection,
        CancellationToken cancellationToken
    );
}
