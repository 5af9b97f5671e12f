namespace Godwit.Hub.Data;

/// <summary>An organisation: one that migrates to its clusters, or one that a link has brought and that clusters are moved from.</summary>
internal sealed class Organization
{
    public required string Id { get; init; }

    public required string Name { get; set; }

    /// <summary>Whether a link brought it (P5): its projects and hosts are settled on the source side.</summary>
    public bool IsSource { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A project: "group" in paths and fields.</summary>
internal sealed class Project
{
    public required string Id { get; init; }

    public required string OrganizationId { get; init; }

    public required string Name { get; set; }

    /// <summary>Whether hosts may ask for sizes of databases (A08).</summary>
    public bool CollectsStatistics { get; set; } = true;

    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A person.</summary>
internal sealed class Person
{
    public required string Id { get; init; }

    public required string UserName { get; set; }

    /// <summary><see langword="null"/> for somebody who signs in by links only.</summary>
    public string? PasswordHash { get; set; }

    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A code that signs a person in once.</summary>
internal sealed class SignInCode
{
    /// <summary>Hash of the code.</summary>
    public required string Hash { get; init; }

    public required string PersonId { get; init; }

    public DateTimeOffset ExpiresAt { get; init; }

    public DateTimeOffset? UsedAt { get; set; }
}

/// <summary>A programmatic key for HTTP digest.</summary>
internal sealed class ApiKey
{
    public required string Id { get; init; }

    public required string OrganizationId { get; init; }

    public required string PublicKey { get; init; }

    /// <summary>HA1 of RFC 7616, encrypted by the key ring (P12): the private key itself is kept nowhere.</summary>
    public required string SealedHash { get; init; }

    /// <summary>The last part of the private key, by which people know it.</summary>
    public required string Ending { get; init; }

    public required string Description { get; set; }

    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A program that signs in by OAuth 2 client credentials.</summary>
internal sealed class ServiceAccount
{
    public required string Id { get; init; }

    public required string OrganizationId { get; init; }

    public required string ClientId { get; init; }

    public required string Name { get; init; }

    public required string Description { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A secret of a service account.</summary>
internal sealed class ServiceAccountSecret
{
    public required string Id { get; init; }

    public required string AccountId { get; init; }

    /// <summary>Hash of 256 random bits.</summary>
    public required string Hash { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset ExpiresAt { get; init; }
}

/// <summary>One role of a person or key.</summary>
internal sealed class Grant
{
    public required string Id { get; init; }

    /// <summary>A person's or a key's id.</summary>
    public required string PrincipalId { get; init; }

    public required string OrganizationId { get; init; }

    /// <summary>The project, for a role in one.</summary>
    public string? ProjectId { get; init; }

    /// <summary>Name of the role, such as ORG_OWNER.</summary>
    public required string Role { get; init; }
}

/// <summary>An address that may come in: of a key, or of a project's clusters.</summary>
internal sealed class AccessEntry
{
    public required string Id { get; init; }

    /// <summary>The key's or project's id.</summary>
    public required string OwnerId { get; init; }

    /// <summary>In CIDR form.</summary>
    public required string Block { get; init; }

    public string Comment { get; init; } = "";

    /// <summary>The migration that has added it and takes it out again; <see langword="null"/> for a person's.</summary>
    public string? MigrationId { get; init; }

    public DateTimeOffset? DeleteAfter { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
}
