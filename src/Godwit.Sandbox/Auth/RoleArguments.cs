using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Auth;

/// <summary>The arguments that the commands on users and on roles share.</summary>
internal static class RoleArguments
{
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
