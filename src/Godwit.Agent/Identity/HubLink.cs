namespace Godwit.Agent.Identity;

/// <summary>The link to a Hub, as it is kept.</summary>
/// <param name="Hub">The Hub's address.</param>
/// <param name="Authority">Certificate of the authority that the Hub is known by, PEM; <see langword="null"/> for the system's.</param>
/// <param name="HostId">This host's id there.</param>
/// <param name="HostName">The name it is known by there.</param>
/// <param name="OrganizationId">The source organisation.</param>
/// <param name="ProjectId">The project of clusters that name none.</param>
/// <param name="DestinationOrganizationId">Whom the link leads to.</param>
/// <param name="DestinationOrganizationName">Its name.</param>
/// <param name="Certificate">This host's certificate, PEM.</param>
internal sealed record HubLink(
    Uri Hub,
    string? Authority,
    string HostId,
    string HostName,
    string OrganizationId,
    string ProjectId,
    string DestinationOrganizationId,
    string DestinationOrganizationName,
    string Certificate
)
{
    internal const string File = "link.json";
}
