namespace Godwit.Contracts.Own;

/// <summary>Body of the creation of a service account.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it is for.</param>
/// <param name="Roles">Its roles in the organisation.</param>
/// <param name="SecretExpiresAfterHours">How long its secret is good; a year if left out.</param>
internal sealed record ServiceAccountRequest(
    string? Name,
    string? Description,
    IReadOnlyList<string>? Roles,
    int? SecretExpiresAfterHours
);

/// <summary>A service account.</summary>
/// <param name="ClientId">Its client id at the token endpoint.</param>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it is for.</param>
/// <param name="Roles">Its roles in the organisation.</param>
/// <param name="Secrets">Its secrets.</param>
/// <param name="CreatedAt">When it was made.</param>
internal sealed record ServiceAccountResource(
    string ClientId,
    string Name,
    string Description,
    IReadOnlyList<string> Roles,
    IReadOnlyList<ServiceAccountSecretResource> Secrets,
    DateTimeOffset CreatedAt
);

/// <summary>A secret of a service account.</summary>
/// <param name="Id">Its id.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExpiresAt">When it lapses.</param>
/// <param name="Secret">The secret, when it was just made.</param>
internal sealed record ServiceAccountSecretResource(
    string Id,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    string? Secret
)
{
    /// <summary>Without the secret.</summary>
    public override string ToString() => Id;
}
