using System.Text.Json.Serialization;

namespace Godwit.Contracts.Own;

/// <summary>Body of the registration of a destination.</summary>
/// <param name="Name">Its name.</param>
/// <param name="ConnectionString">How it is reached, with a user that may manage users.</param>
/// <param name="CertificateAuthority">Certificates of the authority it is known by, PEM; they travel to the migration hosts.</param>
internal sealed record ClusterRequest(string? Name, string? ConnectionString, string? CertificateAuthority = null)
{
    /// <summary>Without the secret.</summary>
    public override string ToString() => Name ?? "";
}

/// <summary>Body of a change: another way to the same cluster, or another user.</summary>
/// <param name="ConnectionString">How it is reached from now on.</param>
/// <param name="CertificateAuthority">Certificates of the authority it is known by from now on, PEM.</param>
internal sealed record ClusterChangeRequest(string? ConnectionString, string? CertificateAuthority = null)
{
    /// <summary>Without the secret.</summary>
    public override string ToString() => "";
}

/// <summary>A temporary user that a destination has.</summary>
/// <param name="Name">Its name there.</param>
/// <param name="LiveMigrationId">The migration or validation that it was made for, whether the Hub knows it or not.</param>
/// <param name="State">IN_USE, LEFT_BEHIND, or OF_ANOTHER_HUB.</param>
internal sealed record TemporaryUserResource(string Name, string LiveMigrationId, string State);

/// <summary>A destination cluster.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="GroupId">The project it is in.</param>
/// <param name="ConnectionString">How it is reached, without secrets.</param>
/// <param name="ClusterType">STANDALONE, REPLICA_SET or SHARDED.</param>
/// <param name="MongoDbVersion">Server version.</param>
/// <param name="IsEncrypted">Whether connections to it are encrypted.</param>
/// <param name="HasCertificateAuthority">Whether it is known by an authority of its own.</param>
/// <param name="Provider">Who runs it: SELF_MANAGED or ATLAS.</param>
/// <param name="Details">What the provider says of it.</param>
internal sealed record ClusterResource(
    string Id,
    string Name,
    string GroupId,
    string ConnectionString,
    string ClusterType,
    [property: JsonPropertyName("mongoDBVersion")] string MongoDbVersion,
    bool IsEncrypted,
    bool HasCertificateAuthority,
    string Provider,
    ProviderFacts? Details = null
);
