namespace Godwit.Hub.Data;

/// <summary>A link from a source organisation to a destination organisation (P5).</summary>
internal sealed class Link
{
    public required string Id { get; init; }

    /// <summary>The destination's.</summary>
    public required string OrganizationId { get; init; }

    /// <summary>The source's; <see langword="null"/> until the token is redeemed.</summary>
    public string? SourceOrganizationId { get; set; }

    /// <summary>Hash of the token's secret.</summary>
    public required string SecretHash { get; init; }

    /// <summary>Addresses that hosts may call from, separated by commas; empty for any.</summary>
    public string AccessList { get; init; } = "";

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the token lapses if nobody has used it.</summary>
    public DateTimeOffset ExpiresAt { get; init; }

    public DateTimeOffset? RedeemedAt { get; set; }

    public DateTimeOffset? RevokedAt { get; set; }
}

/// <summary>A key that lets a further host of a source organisation in, once (P5).</summary>
internal sealed class HostInvitation
{
    public required string Id { get; init; }

    /// <summary>The source organisation.</summary>
    public required string OrganizationId { get; init; }

    public required string SecretHash { get; init; }

    public DateTimeOffset ExpiresAt { get; init; }

    public DateTimeOffset? UsedAt { get; set; }
}

/// <summary>A migration host.</summary>
internal sealed class MigrationHost
{
    public required string Id { get; init; }

    /// <summary>The source organisation.</summary>
    public required string OrganizationId { get; init; }

    public required string Name { get; set; }

    /// <summary>The newest <see cref="Contracts.Agents.HostReport"/> as JSON.</summary>
    public required string Report { get; set; }

    /// <summary>Public key that its secrets are sealed to, base64.</summary>
    public required string SealingKey { get; set; }

    /// <summary>SHA-256 of the certificate it shows.</summary>
    public required string Thumbprint { get; set; }

    /// <summary>That of the one before, good until the new one was used.</summary>
    public string? FormerThumbprint { get; set; }

    /// <summary>The address it was last seen at.</summary>
    public string Address { get; set; } = "";

    public DateTimeOffset JoinedAt { get; init; }

    public DateTimeOffset LastContactAt { get; set; }

    public DateTimeOffset? RevokedAt { get; set; }
}

/// <summary>A cluster that hosts watch on the source side.</summary>
internal sealed class Deployment
{
    public required string Id { get; init; }

    /// <summary>The source project.</summary>
    public required string ProjectId { get; init; }

    public required string Name { get; init; }

    /// <summary>Id of the replica set or cluster: two hosts that report the same mean one cluster (P5).</summary>
    public string? Identity { get; set; }

    /// <summary>The host that reported it last.</summary>
    public required string HostId { get; set; }

    /// <summary>The newest <see cref="Contracts.Agents.ReportedDeployment"/> as JSON.</summary>
    public required string Report { get; set; }

    public DateTimeOffset ReportedAt { get; set; }
}

/// <summary>A destination cluster.</summary>
internal sealed class Cluster
{
    public required string Id { get; init; }

    public required string ProjectId { get; init; }

    public required string Name { get; init; }

    /// <summary>Connection string with its secrets, encrypted by the key ring.</summary>
    public required string SealedAddress { get; set; }

    /// <summary>Connection string without secrets.</summary>
    public required string ShownAddress { get; set; }

    /// <summary>What was found when it was last looked at, as JSON.</summary>
    public required string Facts { get; set; }

    /// <summary>The connection with Atlas that it was found by; <see langword="null"/> for one that was registered by its address.</summary>
    public string? AtlasAccountId { get; init; }

    /// <summary>What Atlas says of it, an AtlasFacts as JSON.</summary>
    public string? ProviderFacts { get; set; }

    /// <summary>
    /// The schedule of backups that was found before a migration took it away, as the provider gave it; <see langword="null"/> while the
    /// cluster has its own (D08, P18).
    /// </summary>
    public string? PausedBackups { get; set; }

    /// <summary>Certificates of the authority it is known by, PEM; <see langword="null"/> for the system's.</summary>
    public string? Authority { get; set; }

    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A validation.</summary>
internal sealed class ValidationRecord
{
    public required string Id { get; init; }

    /// <summary>The destination's project.</summary>
    public required string ProjectId { get; init; }

    public required string HostId { get; init; }

    /// <summary>Whether something is left to do for it.</summary>
    public bool IsActive { get; set; }

    /// <summary>A ValidationState as JSON.</summary>
    public required string State { get; set; }

    /// <summary>Grows with every change; what was read and changed meanwhile is read again.</summary>
    public long Version { get; set; }

    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A migration.</summary>
internal sealed class MigrationRecord
{
    public required string Id { get; init; }

    /// <summary>The destination's project.</summary>
    public required string ProjectId { get; init; }

    public required string SourceOrganizationId { get; init; }

    public required string HostId { get; set; }

    /// <summary>The destination cluster while the migration is active, so that a second one to it cannot be recorded.</summary>
    public string? ActiveClusterId { get; set; }

    /// <summary>Whether something is left to do for it.</summary>
    public bool IsActive { get; set; }

    /// <summary>A MigrationState as JSON.</summary>
    public required string State { get; set; }

    /// <summary>Where the host sees it, a <see cref="Contracts.Agents.ReportedMigration"/> as JSON.</summary>
    public string? Report { get; set; }

    /// <summary>Grows with every change; what was read and changed meanwhile is read again.</summary>
    public long Version { get; set; }

    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>One line of the audit log.</summary>
internal sealed class AuditEvent
{
    public required string Id { get; init; }

    public required string Type { get; init; }

    public string? OrganizationId { get; init; }

    public string? ProjectId { get; init; }

    public string? MigrationId { get; init; }

    /// <summary>Id of the person or key; <see langword="null"/> if the Hub itself.</summary>
    public string? ActorId { get; init; }

    /// <summary>Name of the person, or public key.</summary>
    public string? ActorName { get; init; }

    public string? RemoteAddress { get; init; }

    /// <summary>What else is known, as a JSON object.</summary>
    public string Details { get; init; } = "{}";

    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A value that the Hub keeps for itself.</summary>
internal sealed class Setting
{
    /// <summary>Which life of this database it is (P3).</summary>
    internal const string Incarnation = "incarnation";

    /// <summary>Since when the Hub gives no orders, having gone back in time; absent for a Hub that does (P3).</summary>
    internal const string Quarantine = "quarantine";

    public required string Name { get; init; }

    public required string Value { get; set; }
}
