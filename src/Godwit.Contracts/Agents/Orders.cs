namespace Godwit.Contracts.Agents;

/// <summary>
/// What the Hub wants of a host, whole each time: the host makes it so and reports, and it does not matter which exchange was lost.
/// </summary>
/// <param name="Incarnation">Which life of the Hub's database this is (P3).</param>
/// <param name="Validations">Validations to run.</param>
/// <param name="Migrations">Migrations and where each shall be.</param>
/// <param name="WithoutStatistics">Source projects in which sizes of databases may not be asked for (A08).</param>
/// <param name="Helps">Migrations of other hosts that this one helps with; their goals are those hosts' concern.</param>
/// <param name="Peers">SHA-256 of the certificates of this organisation's hosts: whom a host that shares migrations lets in.</param>
internal sealed record AgentOrders(
    string Incarnation,
    IReadOnlyList<ValidationOrder> Validations,
    IReadOnlyList<MigrationOrder> Migrations,
    IReadOnlyList<string> WithoutStatistics,
    IReadOnlyList<MigrationOrder>? Helps = null,
    IReadOnlyList<string>? Peers = null
);

/// <summary>How the host reaches the source: the address is its own, never the Hub's to say (P9).</summary>
/// <param name="ClusterName">Name in the host's inventory.</param>
/// <param name="ProjectId">The source project.</param>
/// <param name="UserName">User to log in as; <see langword="null"/> for the one that the inventory holds.</param>
/// <param name="SealedPassword">Its password, sealed to the host.</param>
/// <param name="Tls">Whether to encrypt.</param>
/// <param name="AuthorityFile">Path of a CA file on the host.</param>
internal sealed record SourceAccess(
    string ClusterName,
    string ProjectId,
    string? UserName,
    string? SealedPassword,
    bool Tls,
    string? AuthorityFile
)
{
    /// <summary>What the password is sealed for.</summary>
    internal static string Purpose(string hostId, string projectId, string clusterName) =>
        $"source password {hostId} {projectId} {clusterName}";
}

/// <summary>A validation to run.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Source">The source.</param>
/// <param name="SealedDestination">Connection string of the destination, sealed to the host.</param>
/// <param name="DestinationAuthority">Certificates of the authority that the destination is known by, PEM; <see langword="null"/> for the system's.</param>
/// <param name="BlocksSource">Whether the source will be write-blocked at cutover.</param>
/// <param name="AcceptsVersion">Whether versions below the floor are a warning only (P15).</param>
/// <param name="Sharding">Which collections are sharded on the destination, as JSON.</param>
/// <param name="ClearsDestination">Whether what the destination holds is listed, to be dropped at the start (P2).</param>
/// <param name="Options">What of the source goes, and how.</param>
/// <param name="ClearNamespaces">Only these of what the destination holds; <see langword="null"/> for all of it.</param>
internal sealed record ValidationOrder(
    string Id,
    SourceAccess Source,
    string SealedDestination,
    string? DestinationAuthority,
    bool BlocksSource,
    bool AcceptsVersion,
    string? Sharding = null,
    bool ClearsDestination = false,
    EngineOptions? Options = null,
    IReadOnlyList<string>? ClearNamespaces = null
);

/// <summary>A migration and where it shall be.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Revision">Grows with every change of the order (P3).</param>
/// <param name="Goal">Where it shall be.</param>
/// <param name="Source">The source.</param>
/// <param name="SealedDestination">Connection string of the destination, sealed to the host.</param>
/// <param name="DestinationAuthority">Certificates of the authority that the destination is known by, PEM; <see langword="null"/> for the system's.</param>
/// <param name="SourceIdentity">The deployment that was validated; another one is refused (P17).</param>
/// <param name="DestinationIdentity">The deployment that was validated.</param>
/// <param name="BlocksSource">Whether the source is write-blocked at cutover.</param>
/// <param name="AcceptsVersion">Whether versions below the floor are accepted.</param>
/// <param name="Sharding">Which collections are sharded on the destination, as JSON.</param>
/// <param name="ToClear">What is dropped on the destination before the start, once; <see langword="null"/> for nothing (P2).</param>
/// <param name="WatchesLease">Whether the host first makes sure that no other works on it any more: its lease has to stand still (P6).</param>
/// <param name="Options">What of the source goes, and how.</param>
/// <param name="ClearsPart">Whether what else the destination holds stays, and is nobody's concern.</param>
/// <param name="TurnsRound">Whether it goes on from where another one, the other way, has cut over (S29).</param>
/// <param name="IsBackwards">Whether it moves from the destination to the source.</param>
/// <param name="IsShared">Whether other hosts may be told to help with it.</param>
internal sealed record MigrationOrder(
    string Id,
    long Revision,
    MigrationGoal Goal,
    SourceAccess Source,
    string SealedDestination,
    string? DestinationAuthority,
    string? SourceIdentity,
    string? DestinationIdentity,
    bool BlocksSource,
    bool AcceptsVersion,
    string? Sharding = null,
    IReadOnlyList<CollectionToClear>? ToClear = null,
    bool WatchesLease = false,
    EngineOptions? Options = null,
    bool ClearsPart = false,
    bool TurnsRound = false,
    bool IsBackwards = false,
    bool IsShared = false
);

/// <summary>A collection or view that a person has asked to be dropped.</summary>
/// <param name="Name">Its namespace.</param>
/// <param name="Kind">"collection", "view" or "timeseries".</param>
/// <param name="Uuid">Which of all collections that ever had the name; <see langword="null"/> for views.</param>
/// <param name="Documents">How many documents it had when it was listed.</param>
internal sealed record CollectionToClear(string Name, string Kind, string? Uuid, long Documents);

/// <summary>Where a migration shall be.</summary>
internal enum MigrationGoal
{
    /// <summary>Copying and following.</summary>
    Follow,

    /// <summary>Stopped at a checkpoint.</summary>
    Pause,

    /// <summary>Cut over, as soon as both sides are equal.</summary>
    CutOver,

    /// <summary>Given up: source free, destination open, progress forgotten.</summary>
    Cancel,

    /// <summary>Ended and known to be: the host may forget it.</summary>
    Forget,

    /// <summary>Given up, and what it has written on the destination removed, since it was kept for long enough (P4).</summary>
    Discard,

    /// <summary>Ended; both sides are compared once more (P13).</summary>
    Verify,

    /// <summary>Ended; the source lets writes in again (E09, P13).</summary>
    UnblockSource,

    /// <summary>Ended; what the source keeps of its users and custom roles is told to the Hub, which gives it to the destination (E07).</summary>
    TellUsers,
}

/// <summary>What the destination's connection string is sealed for.</summary>
internal static class DestinationAccess
{
    internal static string Purpose(string hostId, string id) => $"destination {hostId} {id}";
}
