namespace Godwit.Hub.Destinations;

/// <summary>What was found of a destination when it was last looked at; kept with it as JSON.</summary>
/// <param name="Shape">STANDALONE, REPLICA_SET or SHARDED.</param>
/// <param name="Version">Server version.</param>
/// <param name="Identity">Id of the replica set or cluster.</param>
/// <param name="HasUsers">Whether clients have to log in.</param>
/// <param name="IsEncrypted">Whether connections are encrypted.</param>
internal sealed record ClusterFactsText(
    string Shape,
    string Version,
    string? Identity,
    bool HasUsers,
    bool IsEncrypted
);
