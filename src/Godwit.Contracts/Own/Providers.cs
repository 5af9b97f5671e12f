namespace Godwit.Contracts.Own;

/// <summary>Body that connects a project with a project of Atlas: by an API key, or by a service account.</summary>
/// <param name="AtlasGroupId">The project there, 24 hexadecimal digits.</param>
/// <param name="PublicKey">Public part of an API key with the role Project Owner.</param>
/// <param name="PrivateKey">Its private part; written only, never read.</param>
/// <param name="ClientId">Instead of a key: client id of a service account with that role.</param>
/// <param name="ClientSecret">Its secret; written only, never read.</param>
internal sealed record AtlasAccountRequest(
    string? AtlasGroupId,
    string? PublicKey = null,
    string? PrivateKey = null,
    string? ClientId = null,
    string? ClientSecret = null
)
{
    /// <summary>Without the secrets.</summary>
    public override string ToString() => AtlasGroupId ?? "";
}

/// <summary>A project's connection with Atlas.</summary>
/// <param name="AtlasGroupId">The project there.</param>
/// <param name="Name">Its name.</param>
/// <param name="Url">Where the Admin API is.</param>
/// <param name="Credential">API_KEY or SERVICE_ACCOUNT.</param>
/// <param name="PublicId">Public key, or client id.</param>
/// <param name="Clusters">Names of the clusters that were found.</param>
/// <param name="RefreshedAt">When they were looked for last.</param>
internal sealed record AtlasAccountResource(
    string AtlasGroupId,
    string Name,
    string Url,
    string Credential,
    string PublicId,
    IReadOnlyList<string> Clusters,
    DateTimeOffset RefreshedAt
);

/// <summary>What a provider says of a cluster beyond what the cluster says itself.</summary>
/// <param name="Tier">Its size, such as M30.</param>
/// <param name="Shards">Number of shards; 1 for a replica set.</param>
/// <param name="Nodes">Members that may be elected, of one shard.</param>
/// <param name="DiskGigabytes">Disk of each of them.</param>
/// <param name="Regions">Where they are, such as "AWS EU_WEST_1".</param>
/// <param name="State">IDLE if nothing is being changed.</param>
/// <param name="IsPaused">Whether it is paused.</param>
/// <param name="HasBackups">Whether backups are taken.</param>
/// <param name="AutoScales">Whether its size follows its load.</param>
/// <param name="HasBiConnector">Whether the BI Connector runs.</param>
/// <param name="HasPrivateNetwork">Whether it is reached over peered networks, too.</param>
/// <param name="Peerings">Peerings of its project.</param>
/// <param name="PrivateEndpoints">Private endpoints that it is reached through.</param>
internal sealed record ProviderFacts(
    string Tier,
    int Shards,
    int Nodes,
    double? DiskGigabytes,
    IReadOnlyList<string> Regions,
    string State,
    bool IsPaused,
    bool HasBackups,
    bool AutoScales,
    bool HasBiConnector,
    bool HasPrivateNetwork,
    IReadOnlyList<ProviderPeering> Peerings,
    IReadOnlyList<ProviderEndpoint> PrivateEndpoints
);

/// <summary>A peering of networks.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Provider">AWS, AZURE or GCP.</param>
/// <param name="Status">AVAILABLE once it can be used.</param>
internal sealed record ProviderPeering(string Id, string Provider, string Status);

/// <summary>A private endpoint.</summary>
/// <param name="Id">Its id: what a request names as privateLinkId.</param>
/// <param name="Provider">AWS, AZURE or GCP.</param>
/// <param name="Region">Where it is.</param>
/// <param name="Status">AVAILABLE once it can be used.</param>
internal sealed record ProviderEndpoint(string Id, string Provider, string Region, string Status);
