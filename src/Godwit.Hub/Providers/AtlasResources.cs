using System.Text.Json.Serialization;

namespace Godwit.Hub.Providers;

/// <summary>A page of a list.</summary>
internal sealed record AtlasPage<T>(IReadOnlyList<T> Results, int? TotalCount);

/// <summary>A project.</summary>
internal sealed record AtlasProject(string Id, string Name);

/// <summary>A cluster as Atlas describes it since 2024-08-05, as far as it is of use here.</summary>
internal sealed record AtlasCluster
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    /// <summary>REPLICASET, SHARDED or GEOSHARDED.</summary>
    public string ClusterType { get; init; } = "";

    [JsonPropertyName("mongoDBVersion")]
    public string MongoDbVersion { get; init; } = "";

    public string StateName { get; init; } = "";

    public bool Paused { get; init; }

    public bool BackupEnabled { get; init; }

    public AtlasBiConnector? BiConnector { get; init; }

    public AtlasAddresses? ConnectionStrings { get; init; }

    public IReadOnlyList<AtlasReplicationSpec>? ReplicationSpecs { get; init; }
}

/// <summary>The BI Connector.</summary>
internal sealed record AtlasBiConnector(bool Enabled);

/// <summary>How a cluster is reached.</summary>
internal sealed record AtlasAddresses(
    string? Standard,
    string? StandardSrv,
    string? Private,
    string? PrivateSrv,
    IReadOnlyList<AtlasPrivateAddress>? PrivateEndpoint
);

/// <summary>How it is reached through private endpoints.</summary>
internal sealed record AtlasPrivateAddress(
    string? ConnectionString,
    string? SrvConnectionString,
    IReadOnlyList<AtlasPrivateEndpoint>? Endpoints
);

/// <summary>One of them.</summary>
internal sealed record AtlasPrivateEndpoint(string? EndpointId, string? ProviderName, string? Region);

/// <summary>One shard.</summary>
internal sealed record AtlasReplicationSpec(IReadOnlyList<AtlasRegion>? RegionConfigs);

/// <summary>Members of a shard in one region.</summary>
internal sealed record AtlasRegion(
    string? ProviderName,
    string? RegionName,
    AtlasNodes? ElectableSpecs,
    AtlasScaling? AutoScaling
);

/// <summary>Members that may be elected.</summary>
internal sealed record AtlasNodes(
    string? InstanceSize,
    int? NodeCount,
    [property: JsonPropertyName("diskSizeGB")] double? DiskSizeGb
);

/// <summary>Whether sizes follow load.</summary>
internal sealed record AtlasScaling(AtlasSwitch? Compute, [property: JsonPropertyName("diskGB")] AtlasSwitch? DiskGb);

/// <summary>On or off.</summary>
internal sealed record AtlasSwitch(bool Enabled);

/// <summary>A peering; AWS names its status differently from the others.</summary>
internal sealed record AtlasPeering(string? Id, string? ProviderName, string? StatusName, string? Status);

/// <summary>A service of private endpoints of a region.</summary>
internal sealed record AtlasEndpointService(
    string? Id,
    string? CloudProvider,
    string? RegionName,
    string? Status,
    IReadOnlyList<string>? InterfaceEndpoints,
    IReadOnlyList<string>? PrivateEndpoints,
    IReadOnlyList<string>? EndpointGroupNames
)
{
    /// <summary>Ids of its endpoints, whoever the provider is.</summary>
    internal IEnumerable<string> Ids =>
        (InterfaceEndpoints ?? []).Concat(PrivateEndpoints ?? []).Concat(EndpointGroupNames ?? []);
}

/// <summary>An entry of the access list.</summary>
internal sealed record AtlasAccessEntry(string? CidrBlock, string? IpAddress, string? Comment);

/// <summary>Whether an entry is in force.</summary>
internal sealed record AtlasAccessStatus([property: JsonPropertyName("STATUS")] string? Status);

/// <summary>Whether what was changed about a cluster, users and access list included, has reached it.</summary>
internal sealed record AtlasClusterStatus(string? ChangeStatus);
