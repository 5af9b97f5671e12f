using Godwit.Bson;
using Godwit.Sandbox.Commands;

namespace Godwit.Sandbox.Auth;

/// <summary>The reply of <c>rolesInfo</c>. Built-in and made roles list their fields in different orders, with and without privileges.</summary>
internal static class RoleInfo
{
    /// <summary>Builds it.</summary>
    internal static DocumentBuilder Build(CommandContext context)
    {
        var asked = context.Body["rolesInfo"];
        var showsPrivileges = context.Body["showPrivileges"].IsTruthy();
        var roles = new ArrayBuilder();
        foreach (var name in Names(context, asked))
        {
            if (BuiltinRoles.Find(name) is { } builtin)
            {
                roles.Add(showsPrivileges ? InDetail(name, builtin) : InShort(name));
            }
            else if (context.Member.Roles.Find(name) is { } made)
            {
                roles.Add(showsPrivileges ? InDetail(context, made) : InShort(context, made));
            }
        }

        return new() { { "roles", roles.Build() } };
    }

    private static IEnumerable<RoleName> Names(CommandContext context, RawValue asked)
    {
        switch (asked.Type)
        {
            case BsonType.String or BsonType.Document:
                return [RoleName.Parse(asked, context.Database)];
            case BsonType.Array:
                return asked.AsDocument.Values().Select(one => RoleName.Parse(one, context.Database));
            default:
                var made = context
                    .Member.Roles.All.Select(role => new RoleName(role["role"].AsString, role["db"].AsString))
                    .Where(role => role.Database == context.Database);
                return context.Body["showBuiltinRoles"].IsTruthy() && context.Database != "$external"
                    ? BuiltinRoles.Of(context.Database).Concat(made)
                    : made;
        }
    }

    private static RawDocument InShort(RoleName name) =>
        new DocumentBuilder
        {
            { "role", name.Role },
            { "db", name.Database },
            { "isBuiltin", true },
            { "roles", RoleName.ToArray([]) },
            { "inheritedRoles", RoleName.ToArray([]) },
        }.Build();

    private static RawDocument InDetail(RoleName name, BuiltinRole role)
    {
        var privileges = new PrivilegeSet(role.Privileges).ToArray();
        return new DocumentBuilder
        {
            { "db", name.Database },
            { "role", name.Role },
            { "roles", RoleName.ToArray([]) },
            { "privileges", privileges },
            { "inheritedRoles", RoleName.ToArray([]) },
            { "inheritedPrivileges", privileges },
            { "isBuiltin", true },
        }.Build();
    }

    private static RawDocument InShort(CommandContext context, RawDocument role) =>
        new DocumentBuilder
        {
            { "_id", role["_id"] },
            { "role", role["role"] },
            { "db", role["db"] },
            { "roles", role["roles"] },
            { "isBuiltin", false },
            { "inheritedRoles", RoleName.ToArray(Inherited(context, role).Roles) },
        }.Build();

    private static RawDocument InDetail(CommandContext context, RawDocument role)
    {
        var inherited = Inherited(context, role);
        var all = new PrivilegeSet(RoleDirectory.PrivilegesOf(role).Concat(inherited.Privileges.All));
        return new DocumentBuilder
        {
            { "_id", role["_id"] },
            { "role", role["role"] },
            { "db", role["db"] },
            { "privileges", role["privileges"] },
            { "roles", role["roles"] },
            { "inheritedRoles", RoleName.ToArray(inherited.Roles) },
            { "inheritedPrivileges", all.ToArray() },
            { "isBuiltin", false },
        }.Build();
    }

    private static ResolvedRoles Inherited(CommandContext context, RawDocument role) =>
        context.Member.Roles.Resolve(RoleDirectory.NamesOf(role));
}
