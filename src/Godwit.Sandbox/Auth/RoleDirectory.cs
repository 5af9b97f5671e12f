using Godwit.Bson;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Auth;

/// <summary>The roles made by users (<c>admin.system.roles</c>), and what roles come to with all they contain.</summary>
internal sealed class RoleDirectory(Member member)
{
    /// <summary>Where roles are kept.</summary>
    internal static readonly Namespace Collection = new("admin", "system.roles");

    /// <summary>All roles made by users.</summary>
    internal IReadOnlyList<RawDocument> All
    {
        get
        {
            return member.Authority.Read(node =>
            {
                using var view = node.View();
                return view.Catalog.Find(Collection) is { } collection
                    ? new CollectionReader(view, collection).Scan().Select(record => record.Document).ToList()
                    : [];
            });
        }
    }

    /// <summary>A role made by users.</summary>
    internal RawDocument? Find(RoleName role) =>
        member.Authority.Read(node => node.Find(Collection, $"{role.Database}.{role.Role}"));

    /// <summary>Whether there is such a role, built-in or made.</summary>
    internal bool Exists(RoleName role) => BuiltinRoles.Exists(role) || Find(role) is not null;

    /// <summary>What roles come to with all that they contain.</summary>
    internal ResolvedRoles Resolve(IEnumerable<RoleName> roles)
    {
        var resolved = new ResolvedRoles();
        var waiting = new Queue<RoleName>(roles);
        var seen = new HashSet<RoleName>();
        while (waiting.TryDequeue(out var role))
        {
            if (!seen.Add(role))
            {
                continue;
            }

            if (BuiltinRoles.Find(role) is { } builtin)
            {
                resolved.Add(role, builtin.Privileges);
            }
            else if (Find(role) is { } document)
            {
                resolved.Add(role, document);
                NamesOf(document).ForEach(waiting.Enqueue);
            }
        }

        return resolved;
    }

    /// <summary>The roles that a user or a role is given directly.</summary>
    internal static List<RoleName> NamesOf(RawDocument document) =>
        document["roles"] is { Type: BsonType.Array } roles
            ? [.. roles.AsDocument.Values().Select(role => RoleName.Parse(role, ""))]
            : [];

    /// <summary>The privileges that a role grants itself.</summary>
    internal static IEnumerable<Privilege> PrivilegesOf(RawDocument role) =>
        role["privileges"] is { Type: BsonType.Array } privileges
            ? privileges.AsDocument.Values().Select(privilege => Privilege.Parse(privilege.AsDocument))
            : [];
}
