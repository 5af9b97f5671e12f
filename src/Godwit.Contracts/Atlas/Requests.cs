namespace Godwit.Contracts.Atlas;

/// <summary>Body of the creation of a link-token.</summary>
/// <param name="AccessListIps">Addresses and blocks that hosts may call from.</param>
internal sealed record TargetOrgRequest(IReadOnlyList<string>? AccessListIps);

/// <summary>A new link-token; shown this once.</summary>
/// <param name="LinkToken">What is pasted on the source side.</param>
internal sealed record TargetOrg(string LinkToken);

/// <summary>Body of a validation and of the creation of a migration, of every version; which fields are taken depends on it.</summary>
internal sealed record LiveMigrationRequest
{
    public SourceRequest? Source { get; init; }

    public DestinationRequest? Destination { get; init; }

    public IReadOnlyList<string>? MigrationHosts { get; init; }

    /// <summary>From 2024-05-30.</summary>
    public bool? DropDestinationData { get; init; }

    /// <summary>Before 2024-05-30; required there.</summary>
    public bool? DropEnabled { get; init; }

    public ShardingRequest? Sharding { get; init; }

    /// <summary>Godwit's own; under its own prefix only (P13).</summary>
    public MigrationOptions? Options { get; init; }

    /// <summary>Whether what the destination holds is dropped first, by the name of either version.</summary>
    internal bool ClearsDestination =>
        DropDestinationData == true || DropEnabled == true || Options is { ClearNamespaces.Count: > 0 };
}

/// <summary>Where data come from.</summary>
/// <param name="ClusterName">Name of the deployment on the source side.</param>
/// <param name="GroupId">The source project.</param>
/// <param name="ManagedAuthentication">Whether the host holds credentials.</param>
/// <param name="Ssl">Whether to encrypt.</param>
/// <param name="CaCertificatePath">Path of a CA file on the host.</param>
/// <param name="Username">User, unless managed.</param>
/// <param name="Password">Password; written only, never read.</param>
internal sealed record SourceRequest(
    string? ClusterName,
    string? GroupId,
    bool? ManagedAuthentication,
    bool? Ssl,
    string? CaCertificatePath = null,
    string? Username = null,
    string? Password = null
)
{
    /// <summary>Without the password.</summary>
    public override string ToString() => $"{GroupId}/{ClusterName}";
}

/// <summary>Where data go.</summary>
/// <param name="ClusterName">Name of the cluster.</param>
/// <param name="GroupId">Its project.</param>
/// <param name="HostnameSchemaType">PUBLIC, PRIVATE_LINK or VPC_PEERING.</param>
/// <param name="PrivateLinkId">For PRIVATE_LINK.</param>
internal sealed record DestinationRequest(
    string? ClusterName,
    string? GroupId,
    string? HostnameSchemaType,
    string? PrivateLinkId = null
);

/// <summary>Which collections to shard on the destination.</summary>
/// <param name="CreateSupportingIndexes">Whether to create their indexes.</param>
/// <param name="ShardingEntries">The collections.</param>
internal sealed record ShardingRequest(
    bool? CreateSupportingIndexes,
    IReadOnlyList<System.Text.Json.Nodes.JsonObject>? ShardingEntries
);

/// <summary>What Godwit's own request adds.</summary>
internal sealed record MigrationOptions
{
    /// <summary>Whether the source is write-blocked at cutover.</summary>
    public bool? WriteBlock { get; init; }

    /// <summary>Further hosts of the source organization; if the first is lost, one of them goes on by itself (P6).</summary>
    public IReadOnlyList<string>? StandbyHosts { get; init; }

    /// <summary>Whether versions below the floor are a warning only.</summary>
    public bool? AcceptVersion { get; init; }

    /// <summary>Which collections go; all without it.</summary>
    public NamespacesRequest? Namespaces { get; init; }

    /// <summary>Other names for databases on the destination: objects {from: {database}, to: {database}}.</summary>
    public IReadOnlyList<System.Text.Json.Nodes.JsonObject>? Remap { get; init; }

    /// <summary>Which documents go, and with which fields; written only, since rules may hold keys.</summary>
    public IReadOnlyList<System.Text.Json.Nodes.JsonObject>? DocumentRules { get; init; }

    /// <summary>What may be asked of the source.</summary>
    public LimitsRequest? Limits { get; init; }

    /// <summary>Whether it is to be possible to turn round after the cutover.</summary>
    public bool? Reversible { get; init; }

    /// <summary>Whether the zones of a sharded source are carried over to a sharded destination.</summary>
    public bool? Zones { get; init; }

    /// <summary>Whether it is a rehearsal: ended by endRehearsal, while applications stay on the source.</summary>
    public bool? Rehearsal { get; init; }

    /// <summary>Every migration is verified: what says otherwise is refused.</summary>
    public VerificationRequest? Verification { get; init; }

    /// <summary>Collections and views of the destination that are dropped at the start, as the validation has listed them (P1, P2).</summary>
    public IReadOnlyList<string>? ClearNamespaces { get; init; }

    /// <summary>Whether the destination gets the source's users and custom roles once it is cut over, as copyUsers gives them (E07).</summary>
    public bool? UsersAndRoles { get; init; }

    /// <summary>Times of the week, in UTC, in which a cutover may be asked for, such as "Sat 02:00-04:00"; always without them (P20).</summary>
    public IReadOnlyList<string>? CutoverWindows { get; init; }

    /// <summary>Where changes wait on the host that the destination cannot take yet.</summary>
    public SpoolRequest? Spool { get; init; }

    /// <summary>Change streams that share the source's changes; without it the engine sees to it (S10).</summary>
    public int? ChangeStreams { get; init; }

    /// <summary>Which indexes are built, in mongosync's words: beforeDataCopy for all of them, never, or excludeHashed.</summary>
    public string? BuildIndexes { get; init; }
}

/// <summary>Which collections of a source go, in mongosync's notation: objects with database, or databaseRegex, and collections.</summary>
/// <param name="Include">Only these.</param>
/// <param name="Exclude">All but these, of what is included.</param>
internal sealed record NamespacesRequest(
    IReadOnlyList<System.Text.Json.Nodes.JsonObject>? Include = null,
    IReadOnlyList<System.Text.Json.Nodes.JsonObject>? Exclude = null
);

/// <summary>What may be asked of a source while applications use it; 0 stands for no limit.</summary>
/// <param name="MegabytesPerSecond">Megabytes of documents read a second.</param>
/// <param name="DocumentsPerSecond">Documents read a second.</param>
/// <param name="SourceLatencyMilliseconds">How long the source may take for one document before less is read; 250 without it.</param>
internal sealed record LimitsRequest(
    int? MegabytesPerSecond = null,
    int? DocumentsPerSecond = null,
    int? SourceLatencyMilliseconds = null
);

/// <summary>How much of the host's disk changes may take that wait.</summary>
/// <param name="Megabytes">At most; 16384 without it.</param>
internal sealed record SpoolRequest(int? Megabytes = null);

/// <summary>Whether both sides are compared.</summary>
/// <param name="Enabled">Always.</param>
internal sealed record VerificationRequest(bool? Enabled);
