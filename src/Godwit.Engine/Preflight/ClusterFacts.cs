using Godwit.Bson;

namespace Godwit.Engine.Preflight;

/// <summary>What was found out about one cluster before anything is changed. Filled by an adapter; judged by <see cref="PreflightChecks"/>.</summary>
public sealed record ClusterFacts
{
    /// <summary>The connection string without its password, for messages.</summary>
    public required string Address { get; init; }

    /// <summary>Whether traffic with it is encrypted.</summary>
    public bool IsEncrypted { get; init; }

    /// <summary>Whether it runs on this host only, so that nothing travels over a network.</summary>
    public bool IsLocal { get; init; }

    /// <summary>Why the cluster cannot be used at all; <see langword="null"/> if it answers and the user is accepted.</summary>
    public ConnectionFault? Fault { get; init; }

    /// <summary>Standalone, replica set or sharded cluster.</summary>
    public ClusterShape Shape { get; init; } = ClusterShape.ReplicaSet;

    /// <summary>Names of a sharded cluster's shards; empty for another shape.</summary>
    public IReadOnlyList<string> Shards { get; init; } = [];

    /// <summary>Shards that this host could not ask directly, with the reason; what they would have told is not known.</summary>
    public IReadOnlyList<string> SilentShards { get; init; } = [];

    /// <summary>Whether it is a part of a sharded cluster, a shard or its config servers, addressed as if it stood alone.</summary>
    public bool IsPartOfSharded { get; init; }

    /// <summary>Server version of the oldest member that was reached.</summary>
    public Version Version { get; init; } = new(0, 0, 0);

    /// <summary>The <c>featureCompatibilityVersion</c>, such as "8.0"; <see langword="null"/> if it could not be read.</summary>
    public string? FeatureCompatibilityVersion { get; init; }

    /// <summary>Whether an upgrade or downgrade of the feature compatibility version is under way.</summary>
    public bool IsChangingFeatureCompatibilityVersion { get; init; }

    /// <summary>What identifies the deployment (<c>replicaSetId</c> or <c>clusterId</c>), whatever its addresses.</summary>
    public string? Identity { get; init; }

    /// <summary>Whether the deployment requires authentication.</summary>
    public bool IsAuthorizationEnabled { get; init; }

    /// <summary>The authenticated user, as <c>user@database</c>; <see langword="null"/> without authentication.</summary>
    public string? User { get; init; }

    /// <summary>Mechanisms that the user has credentials for, such as SCRAM-SHA-256; <see langword="null"/> if not told.</summary>
    public IReadOnlyList<string>? Mechanisms { get; init; }

    /// <summary>Actions the user may do on the cluster resource or on every normal namespace; <see langword="null"/> if not known.</summary>
    public IReadOnlySet<string>? Actions { get; init; }

    /// <summary>Users a write block would not hold, as <c>user@database</c>; <see langword="null"/> if they could not be read.</summary>
    public IReadOnlyList<string>? UsersPassingBlock { get; init; }

    /// <summary>Sharded collections with chunks that are marked as too large to be moved.</summary>
    public IReadOnlyList<Namespace> JumboCollections { get; init; } = [];

    /// <summary>How many query settings it has; <see langword="null"/> if that is not known, or its server has none.</summary>
    public int? QuerySettings { get; init; }

    /// <summary>Collections with search indexes; <see langword="null"/> if these could not be listed.</summary>
    public IReadOnlyList<Namespace>? SearchIndexed { get; init; }

    /// <summary>Indexes that not all shards of a collection have, or not in the same form, as <c>index of database.collection</c>.</summary>
    public IReadOnlyList<string> UnevenIndexes { get; init; } = [];

    /// <summary>Normal collections and views, without system databases.</summary>
    public IReadOnlyList<NamespaceFacts> Namespaces { get; init; } = [];

    /// <summary>Migrations recorded in the reserved database of this cluster.</summary>
    public IReadOnlyList<RecordedMigration> Migrations { get; init; } = [];

    /// <summary>How far back the oplog reaches; <see langword="null"/> if it could not be read.</summary>
    public TimeSpan? OplogWindow { get; init; }

    /// <summary>Bytes the oplog may hold; <see langword="null"/> if it could not be read.</summary>
    public long? OplogBytesMax { get; init; }

    /// <summary>Difference of the cluster's clock from this host's; positive if the cluster is ahead.</summary>
    public TimeSpan ClockSkew { get; init; }

    /// <summary>Whether a majority of the data-bearing members is up.</summary>
    public bool IsMajorityReachable { get; init; } = true;

    /// <summary>Number of arbiters in the replica set.</summary>
    public int Arbiters { get; init; }

    /// <summary>Number of members that hold data.</summary>
    public int DataBearingMembers { get; init; } = 1;

    /// <summary>Index builds running now.</summary>
    public IReadOnlyList<Namespace> RunningIndexBuilds { get; init; } = [];

    /// <summary>Free bytes of the file system that holds the data; <see langword="null"/> if not known.</summary>
    public long? FreeDiskBytes { get; init; }

    /// <summary>Bytes of memory that the primary may use, of the smallest shard; <see langword="null"/> if not known.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Processors that the primary may use, of the smallest shard; <see langword="null"/> if not known.</summary>
    public int? Processors { get; init; }
}

/// <summary>The shape of a deployment.</summary>
public enum ClusterShape
{
    /// <summary>One server without an oplog.</summary>
    Standalone,

    /// <summary>A replica set.</summary>
    ReplicaSet,

    /// <summary>A sharded cluster, seen through mongos.</summary>
    Sharded,
}

/// <summary>What is known of one collection or view.</summary>
/// <param name="Name">Its namespace.</param>
/// <param name="Kind">"collection", "view" or "timeseries", as <c>listCollections</c> says.</param>
/// <param name="Documents">Estimated number of documents.</param>
/// <param name="DataBytes">Uncompressed bytes of its documents.</param>
/// <param name="StorageBytes">Bytes on disk, indexes included.</param>
/// <param name="IsCapped">Whether it is a capped collection.</param>
public sealed record NamespaceFacts(
    Namespace Name,
    string Kind,
    long Documents,
    long DataBytes,
    long StorageBytes,
    bool IsCapped = false
)
{
    /// <summary>Its indexes as <c>listIndexes</c> shows them, where they were asked for; <see langword="null"/> otherwise.</summary>
    public IReadOnlyList<RawDocument>? Indexes { get; init; }

    /// <summary>Whether fields of it are encrypted so that they can be queried.</summary>
    public bool IsEncrypted { get; init; }

    /// <summary>The <c>timeseries</c> options of a time-series collection; <see langword="null"/> of others.</summary>
    public RawDocument? Series { get; init; }

    /// <summary>Fields in which an index has met arrays, as far as that was asked for and told.</summary>
    public IReadOnlyList<string> ArrayFields { get; init; } = [];
}

/// <summary>A migration that a cluster's reserved database tells of.</summary>
/// <param name="Id">Its id.</param>
/// <param name="SourceIdentity">Identity of its source.</param>
/// <param name="State">Its lifecycle state, such as "RUNNING".</param>
/// <param name="IsFinished">Whether it can no longer write.</param>
/// <param name="IsRehearsal">Whether it was a rehearsal that has ended: no application has gone over.</param>
public sealed record RecordedMigration(
    string Id,
    string SourceIdentity,
    string State,
    bool IsFinished,
    bool IsRehearsal = false
)
{
    /// <summary>The name it was given, to share the destination with others; empty if it takes it for itself (S32).</summary>
    public string Name { get; init; } = "";

    /// <summary>Its filter and its mapping of names, as they are kept with it; <see langword="null"/> while it has not recorded any.</summary>
    public string? Scope { get; init; }

    /// <summary>What it has on the destination, under the source's names.</summary>
    public IReadOnlyList<Namespace> Holds { get; init; } = [];

    /// <summary>Whether it has stopped the destination's balancer, and is to start it again.</summary>
    public bool HoldsBalancer { get; init; }
}

/// <summary>Why a cluster could not be used.</summary>
/// <param name="Kind">The class of the problem.</param>
/// <param name="Detail">What the client library or the server said, without secrets.</param>
public sealed record ConnectionFault(ConnectionFaultKind Kind, string Detail);

/// <summary>Classes of connection problems, each with a remedy of its own.</summary>
public enum ConnectionFaultKind
{
    /// <summary>The connection string cannot be read.</summary>
    MalformedAddress,

    /// <summary>A host name does not resolve.</summary>
    UnknownHost,

    /// <summary>Nothing listens, or a firewall is in between.</summary>
    Unreachable,

    /// <summary>The TLS handshake failed.</summary>
    Tls,

    /// <summary>The server's certificate is not valid at this time.</summary>
    CertificateExpired,

    /// <summary>The server's certificate is for other host names.</summary>
    CertificateName,

    /// <summary>The server's certificate is not signed by an authority that is trusted here.</summary>
    CertificateUntrusted,

    /// <summary>A certificate file named in the connection string cannot be read.</summary>
    CertificateFile,

    /// <summary>The server closes connections before it answers, as when only one side speaks TLS.</summary>
    ClosedAtOnce,

    /// <summary>The server refused user or password.</summary>
    Authentication,

    /// <summary>No primary was found in time.</summary>
    NoPrimary,
}
