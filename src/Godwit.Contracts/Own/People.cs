namespace Godwit.Contracts.Own;

/// <summary>A person of an organisation.</summary>
/// <param name="Id">Their id.</param>
/// <param name="UserName">Their name.</param>
/// <param name="Roles">Their roles in the organisation and its projects.</param>
internal sealed record PersonResource(string Id, string UserName, IReadOnlyList<RoleResource> Roles);
