namespace Godwit.Engine.Ports;

/// <summary>What the engine needs of the source beyond reading.</summary>
internal interface ISourceCluster : ICluster
{
    /// <summary>The oplog's oldest and newest entry: how much history is left (S33).</summary>
    Task<OplogWindow> ReadOplogWindowAsync(CancellationToken cancellationToken);

    /// <summary>Open transactions and index builds that a write block would wait for or abort, described for a person (S27).</summary>
    Task<IReadOnlyList<string>> ListBlockObstaclesAsync(CancellationToken cancellationToken);
}
