namespace Godwit.Engine.Ports;

/// <summary>What the engine needs of the source beyond reading.</summary>
internal interface ISourceCluster : ICluster
{
    /// <summary>The oplog's oldest and newest entry: how much history is left (S33).</summary>
    Task<OplogWindow> ReadOplogWindowAsync(CancellationToken cancellationToken);

    /// <summary>Open transactions and index builds that a write block would wait for or abort, described for a person (S27).</summary>
    Task<IReadOnlyList<string>> ListBlockObstaclesAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Blocks or releases user writes. A block that is not in force within <paramref name="timeout"/> is a transient fault and leaves
    /// nothing blocked (S27).
    /// </summary>
    Task SetWriteBlockAsync(bool block, TimeSpan timeout, CancellationToken cancellationToken);
}
