namespace Godwit.Contracts.Own;

/// <summary>An organisation.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name.</param>
internal sealed record OrganizationResource(string Id, string Name);

/// <summary>A project.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="OrgId">The organisation it is in.</param>
/// <param name="Created">When it was made.</param>
internal sealed record ProjectResource(string Id, string Name, string OrgId, DateTimeOffset Created);

/// <summary>Body of the creation of an organisation or project.</summary>
/// <param name="Name">Its name.</param>
internal sealed record NameRequest(string? Name);

/// <summary>Body of an invitation.</summary>
/// <param name="UserName">The name the person is known by.</param>
/// <param name="Roles">Roles in the organisation.</param>
internal sealed record InvitationRequest(string? UserName, IReadOnlyList<string>? Roles);

/// <summary>A person who was invited; the link is shown this once.</summary>
/// <param name="Id">Their id.</param>
/// <param name="UserName">Their name.</param>
/// <param name="SignInLink">Signs them in, once.</param>
internal sealed record InvitedPerson(string Id, string UserName, Uri SignInLink)
{
    /// <summary>Without the link.</summary>
    public override string ToString() => UserName;
}

/// <summary>Body of a change of a person's roles in a project.</summary>
/// <param name="Roles">All of them from now on.</param>
internal sealed record RolesRequest(IReadOnlyList<string>? Roles);

/// <summary>A role of a person or key.</summary>
/// <param name="RoleName">Its name.</param>
/// <param name="OrgId">The organisation, for a role in one.</param>
/// <param name="GroupId">The project, for a role in one.</param>
internal sealed record RoleResource(string RoleName, string? OrgId, string? GroupId);
