namespace Godwit.Sandbox.Auth;

/// <summary>What a built-in role is made of.</summary>
/// <param name="Includes">Roles it contains.</param>
/// <param name="Grants">What it grants itself: resources, and actions with blanks between them.</param>
internal sealed record BuiltinRole(
    IReadOnlyList<RoleName> Includes,
    params IReadOnlyList<(Resource Resource, string Actions)> Grants
)
{
    /// <summary>All its privileges, those of the roles it contains first.</summary>
    internal IEnumerable<Privilege> Privileges =>
        Includes
            .SelectMany(role => BuiltinRoles.Find(role)!.Privileges)
            .Concat(Grants.Select(grant => new Privilege(grant.Resource, grant.Actions.Split(' '))));
}
