using Godwit.Contracts.Agents;

namespace Godwit.Contracts.Own;

/// <summary>A link of an organisation.</summary>
/// <param name="Id">Its id.</param>
/// <param name="SourceOrgId">The source organisation, once the token was used.</param>
/// <param name="State">WAITING, LINKED, LAPSED or REVOKED.</param>
/// <param name="Created">When the token was made.</param>
/// <param name="Expires">When the token lapses unused.</param>
/// <param name="Redeemed">When it was used.</param>
/// <param name="Revoked">When the link was deleted.</param>
internal sealed record LinkResource(
    string Id,
    string? SourceOrgId,
    string State,
    DateTimeOffset Created,
    DateTimeOffset Expires,
    DateTimeOffset? Redeemed,
    DateTimeOffset? Revoked
);

/// <summary>A migration host as the Hub knows it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="OrgId">The source organisation it belongs to.</param>
/// <param name="ObservedAddress">Where it calls from, as the Hub sees it.</param>
/// <param name="State">CONNECTED, AWAY or REVOKED.</param>
/// <param name="LastContact">When it called last.</param>
/// <param name="IsOutdated">Whether its version is another than the Hub's.</param>
/// <param name="Report">What it says of itself.</param>
/// <param name="VersionProblem">Why it gets no orders for its version; <see langword="null"/> if it goes together with the Hub's.</param>
/// <param name="IsDoubled">Whether two agents run with its identity: neither gets an order until one is stopped.</param>
internal sealed record HostResource(
    string Id,
    string Name,
    string OrgId,
    string ObservedAddress,
    string State,
    DateTimeOffset LastContact,
    bool IsOutdated,
    HostReport Report,
    string? VersionProblem = null,
    bool IsDoubled = false
);

/// <summary>A key that lets one further host in; shown this once.</summary>
/// <param name="HostKey">What is pasted there.</param>
internal sealed record HostKeyResource(string HostKey)
{
    /// <summary>Without the secret.</summary>
    public override string ToString() => nameof(HostKeyResource);
}
