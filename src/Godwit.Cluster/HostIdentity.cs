namespace Godwit.Cluster;

/// <summary>What a host says of itself.</summary>
/// <param name="Id">Of the process: another one each time it is started.</param>
/// <param name="Name">For people.</param>
/// <param name="Version">Of Godwit.</param>
/// <param name="Settings">Hash of what it was told to migrate, and how: all hosts of a migration are told the same.</param>
internal sealed record HostIdentity(Guid Id, string Name, string Version, string Settings);
