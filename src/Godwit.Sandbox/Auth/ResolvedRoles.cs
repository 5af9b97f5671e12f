using Godwit.Bson;

namespace Godwit.Sandbox.Auth;

/// <summary>What some roles come to together with all that they contain.</summary>
internal sealed class ResolvedRoles
{
    private readonly List<RoleName> roles = [];
    private readonly List<RawValue> restrictions = [];
    private readonly List<(RoleName Role, RawDocument Document)> sources = [];

    /// <summary>The roles, those contained behind those that contain them.</summary>
    internal IReadOnlyList<RoleName> Roles => roles;

    /// <summary>All their privileges.</summary>
    internal PrivilegeSet Privileges { get; } = new([]);

    /// <summary>Where their holders may log in from: one set of restrictions for each role that has some.</summary>
    internal IReadOnlyList<RawValue> Restrictions => restrictions;

    /// <summary>Adds a built-in role.</summary>
    internal void Add(RoleName role, IEnumerable<Privilege> privileges)
    {
        roles.Add(role);
        foreach (var privilege in privileges)
        {
            Privileges.Add(privilege);
        }
    }

    /// <summary>Adds a role made by users.</summary>
    internal void Add(RoleName role, RawDocument document)
    {
        Add(role, RoleDirectory.PrivilegesOf(document));
        sources.Add((role, document));
        if (document["authenticationRestrictions"] is { Type: BsonType.Array } given && !given.AsDocument.IsEmpty)
        {
            restrictions.Add(given);
        }
    }

    /// <summary>Whether the roles made by users are still what they were.</summary>
    internal bool IsCurrent(RoleDirectory directory) =>
        sources.TrueForAll(source => directory.Find(source.Role) is { } now && now == source.Document);
}
