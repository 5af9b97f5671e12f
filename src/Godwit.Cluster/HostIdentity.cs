namespace Godwit.Cluster;

/// <summary>What a host says of itself.</summary>
/// <param name="Id">Of the process: another one each time it is started.</param>
/// <param name="Name">For people.</param>
/// <param name="Version">Of Godwit.</param>
internal sealed record HostIdentity(Guid Id, string Name, string Version);
