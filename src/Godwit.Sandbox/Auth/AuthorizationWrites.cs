using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Auth;

/// <summary>Writes on the collections of users and roles, and the arguments that the commands on both share.</summary>
internal static class AuthorizationWrites
{
    /// <summary>Adds a user or a role.</summary>
    internal static async ValueTask InsertAsync(
        CommandContext context,
        Namespace ns,
        RawDocument document,
        CancellationToken cancellationToken
    )
    {
        var insert = new DocumentBuilder
        {
            { "insert", ns.Collection },
            { "documents", new ArrayBuilder { document }.Build() },
        };
        _ = await context.Member.Users.RunAsync(insert, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Puts another document in the place of a user or a role.</summary>
    internal static async ValueTask ReplaceAsync(
        CommandContext context,
        Namespace ns,
        RawDocument document,
        CancellationToken cancellationToken
    )
    {
        var change = new DocumentBuilder
        {
            {
                "q",
                new DocumentBuilder { { "_id", document["_id"] } }
            },
            { "u", document },
        };
        var update = new DocumentBuilder
        {
            { "update", ns.Collection },
            { "updates", new ArrayBuilder { change }.Build() },
        };
        _ = await context.Member.Users.RunAsync(update, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes users or roles; gives their number.</summary>
    internal static async ValueTask<RawValue> DeleteAsync(
        CommandContext context,
        Namespace ns,
        DocumentBuilder filter,
        CancellationToken cancellationToken
    )
    {
        var removal = new DocumentBuilder { { "q", filter }, { "limit", 0 } };
        var delete = new DocumentBuilder
        {
            { "delete", ns.Collection },
            { "deletes", new ArrayBuilder { removal }.Build() },
        };
        var reply = await context.Member.Users.RunAsync(delete, cancellationToken).ConfigureAwait(false);
        return reply["n"];
    }

    /// <summary>The roles a command names; all must exist.</summary>
    internal static List<RoleName> Roles(CommandContext context)
    {
        var values =
            context.Arguments.Array("roles") ?? throw CommandErrors.MissingField(context.Traits.FieldOwner, "roles");
        var roles = values.Select(value => RoleName.Parse(value, context.Database)).ToList();
        foreach (var role in roles.Where(role => !context.Member.Roles.Exists(role)))
        {
            throw RoleNotFound(role);
        }

        return roles;
    }

    /// <summary>The restrictions a command gives; missing where it gives none.</summary>
    internal static RawValue Restrictions(CommandContext context)
    {
        if (context.Arguments.Documents("authenticationRestrictions") is not { } restrictions)
        {
            return default;
        }

        AuthenticationRestrictions.Check(restrictions);
        return context.Body["authenticationRestrictions"];
    }

    /// <summary>The refusal where a role does not exist.</summary>
    internal static CommandException RoleNotFound(RoleName role) =>
        new(ErrorCode.RoleNotFound, $"Could not find role: {role.Role}@{role.Database}");
}
