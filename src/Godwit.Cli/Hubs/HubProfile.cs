using System.Text.Json.Serialization;

namespace Godwit.Cli.Hubs;

/// <summary>Which Hub to speak with, as whom, about what.</summary>
internal sealed record HubProfile
{
    public Uri? Url { get; init; }

    /// <summary>PEM file of the authority that the Hub is known by; <see langword="null"/> for the system's.</summary>
    public string? AuthorityFile { get; init; }

    public string? PublicKey { get; init; }

    public string? PrivateKey { get; init; }

    [JsonPropertyName("orgId")]
    public string? OrganizationId { get; init; }

    public string? ProjectId { get; init; }

    /// <summary>Without the private key.</summary>
    public override string ToString() => $"{PublicKey} at {Url}";
}
