namespace Godwit.Hub.Data;

/// <summary>A project's connection with Atlas; one a project.</summary>
internal sealed class AtlasAccount
{
    public required string Id { get; init; }

    public required string ProjectId { get; init; }

    /// <summary>The project in Atlas.</summary>
    public required string AtlasGroupId { get; init; }

    /// <summary>Its name there.</summary>
    public required string Name { get; set; }

    /// <summary>Whether it is by a service account, not by an API key.</summary>
    public bool IsServiceAccount { get; init; }

    /// <summary>Public key, or client id.</summary>
    public required string PublicId { get; init; }

    /// <summary>Private key, or client secret, encrypted by the key ring.</summary>
    public required string SealedSecret { get; init; }

    public DateTimeOffset RefreshedAt { get; set; }
}
