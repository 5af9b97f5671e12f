using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Auth;

/// <summary>What createRole, updateRole, dropRole and their like write.</summary>
internal static class RoleChanges
{
    /// <summary>Makes a role.</summary>
    internal static async ValueTask<DocumentBuilder> CreateAsync(
        CommandContext context,
        CancellationToken cancellationToken
    )
    {
        var name = new RoleName(context.Arguments.RequiredString("createRole"), context.Database);
        CheckNew(name);
        var privileges = Privileges(context);
        var roles = Included(context, name);
        var document = new DocumentBuilder
        {
            { "_id", $"{name.Database}.{name.Role}" },
            { "role", name.Role },
            { "db", name.Database },
            { "privileges", new PrivilegeSet(privileges).ToArray() },
            { "roles", RoleName.ToArray(roles) },
            { "authenticationRestrictions", RoleArguments.Restrictions(context) },
        };
        try
        {
            await context
                .Member.Writes.InsertAsync(RoleDirectory.Collection, document.Build(), cancellationToken)
                .ConfigureAwait(false);
        }
        catch (CommandException duplicate) when (duplicate.Code == ErrorCode.DuplicateKey)
        {
            throw new CommandException(51002, $"Role \"{name.Role}@{name.Database}\" already exists");
        }

        return [];
    }

    /// <summary>Gives a role other privileges, roles or restrictions.</summary>
    internal static ValueTask<DocumentBuilder> UpdateAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var (name, role) = Existing(context);
        var hasPrivileges = context.Body.Has("privileges");
        var restrictions = RoleArguments.Restrictions(context);
        if (!hasPrivileges && !context.Body.Has("roles") && restrictions.IsMissing)
        {
            throw new CommandException(ErrorCode.BadValue, "Must specify at least one field to update in updateRole");
        }

        if (hasPrivileges)
        {
            role = UserDocuments.With(role, "privileges", new PrivilegeSet(Privileges(context)).ToArray());
        }

        if (context.Body.Has("roles"))
        {
            role = UserDocuments.With(role, "roles", RoleName.ToArray(Included(context, name)));
        }

        if (!restrictions.IsMissing)
        {
            role = UserDocuments.With(role, "authenticationRestrictions", restrictions);
        }

        return ReplaceAsync(context, role, cancellationToken);
    }

    /// <summary>Grants privileges to a role, or takes them away.</summary>
    internal static ValueTask<DocumentBuilder> ChangePrivilegesAsync(
        CommandContext context,
        bool isGrant,
        CancellationToken cancellationToken
    )
    {
        var (_, role) = Existing(context);
        var privileges = new PrivilegeSet(RoleDirectory.PrivilegesOf(role));
        foreach (var privilege in Privileges(context))
        {
            if (isGrant)
            {
                privileges.Add(privilege);
            }
            else
            {
                privileges.Remove(privilege);
            }
        }

        return ReplaceAsync(context, UserDocuments.With(role, "privileges", privileges.ToArray()), cancellationToken);
    }

    /// <summary>Adds roles to a role, or takes them away.</summary>
    internal static ValueTask<DocumentBuilder> ChangeRolesAsync(
        CommandContext context,
        bool isGrant,
        CancellationToken cancellationToken
    )
    {
        var (name, role) = Existing(context);
        var (present, named) = (RoleDirectory.NamesOf(role), Included(context, name));
        var roles = isGrant ? present.Union(named) : present.Except(named);
        return ReplaceAsync(context, UserDocuments.With(role, "roles", RoleName.ToArray(roles)), cancellationToken);
    }

    /// <summary>Removes a role, and from all users and roles that have it.</summary>
    internal static async ValueTask<DocumentBuilder> DropAsync(
        CommandContext context,
        CancellationToken cancellationToken
    )
    {
        var (name, role) = Existing(context);
        await TakeFromAllAsync(context, held => held == name, cancellationToken).ConfigureAwait(false);
        _ = await context
            .Member.Writes.DeleteAsync(RoleDirectory.Collection, new() { { "_id", role["_id"] } }, cancellationToken)
            .ConfigureAwait(false);
        return [];
    }

    /// <summary>Removes all roles of a database.</summary>
    internal static async ValueTask<DocumentBuilder> DropAllAsync(
        CommandContext context,
        CancellationToken cancellationToken
    )
    {
        await TakeFromAllAsync(
                context,
                held => held.Database == context.Database && !BuiltinRoles.Exists(held),
                cancellationToken
            )
            .ConfigureAwait(false);
        var count = await context
            .Member.Writes.DeleteAsync(
                RoleDirectory.Collection,
                new() { { "db", context.Database } },
                cancellationToken
            )
            .ConfigureAwait(false);
        return new() { { "n", count } };
    }

    private static async ValueTask TakeFromAllAsync(
        CommandContext context,
        Func<RoleName, bool> isDropped,
        CancellationToken cancellationToken
    )
    {
        var holders = context
            .Member.Users.All.Select(user => (UserDirectory.Collection, user))
            .Concat(context.Member.Roles.All.Select(role => (RoleDirectory.Collection, role)));
        foreach (var (ns, holder) in holders)
        {
            var roles = RoleDirectory.NamesOf(holder);
            if (roles.Exists(role => isDropped(role)))
            {
                var kept = RoleName.ToArray(roles.Where(role => !isDropped(role)));
                await context
                    .Member.Writes.PutAsync(ns, UserDocuments.With(holder, "roles", kept), cancellationToken)
                    .ConfigureAwait(false);
            }
        }
    }

    private static (RoleName Name, RawDocument Role) Existing(CommandContext context)
    {
        var name = new RoleName(context.Arguments.RequiredString(context.Traits.Name), context.Database);
        if (BuiltinRoles.Exists(name))
        {
            throw new CommandException(
                ErrorCode.InvalidRoleModification,
                $"{name.Role}@{name.Database} is a built-in role and cannot be modified."
            );
        }

        return context.Member.Roles.Find(name) is { } role ? (name, role) : throw RoleArguments.RoleNotFound(name);
    }

    private static void CheckNew(RoleName name)
    {
        if (name.Role.Length == 0)
        {
            throw new CommandException(ErrorCode.BadValue, "Role name must be non-empty");
        }

        if (name.Database is "local" or "$external")
        {
            throw new CommandException(ErrorCode.BadValue, $"Cannot create roles in the {name.Database} database");
        }

        if (BuiltinRoles.Exists(name))
        {
            throw new CommandException(ErrorCode.BadValue, "Cannot create roles with the same name as a built-in role");
        }
    }

    private static List<Privilege> Privileges(CommandContext context)
    {
        var privileges = Privilege.ParseAll(
            context.Arguments.Documents("privileges")
                ?? throw CommandErrors.MissingField(context.Traits.FieldOwner, "privileges")
        );
        if (context.Database != "admin" && privileges.Exists(privilege => IsElsewhere(privilege, context.Database)))
        {
            throw new CommandException(
                ErrorCode.InvalidRoleModification,
                $"Roles on the '{context.Database}' database cannot be granted privileges that target other databases or the cluster"
            );
        }

        return privileges;
    }

    private static bool IsElsewhere(Privilege privilege, string database) => privilege.Resource.Database != database;

    private static List<RoleName> Included(CommandContext context, RoleName into)
    {
        var roles = RoleArguments.Roles(context);
        foreach (var role in roles)
        {
            if (into.Database != "admin" && role.Database != into.Database)
            {
                throw new CommandException(
                    ErrorCode.InvalidRoleModification,
                    $"Roles on the '{into.Database}' database cannot be granted roles from other databases"
                );
            }

            if (role == into || context.Member.Roles.Resolve([role]).Roles.Contains(into))
            {
                throw new CommandException(
                    ErrorCode.InvalidRoleModification,
                    $"Granting {role.Role}@{role.Database} to {into.Role}@{into.Database} would introduce a cycle in the role graph"
                );
            }
        }

        return roles;
    }

    private static async ValueTask<DocumentBuilder> ReplaceAsync(
        CommandContext context,
        RawDocument role,
        CancellationToken cancellationToken
    )
    {
        await context.Member.Writes.PutAsync(RoleDirectory.Collection, role, cancellationToken).ConfigureAwait(false);
        return [];
    }
}
