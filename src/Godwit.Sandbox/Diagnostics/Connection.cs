using Godwit.Bson;
using Godwit.Sandbox.Auth;
using Godwit.Sandbox.Commands;

namespace Godwit.Sandbox.Diagnostics;

/// <summary>The reply of <c>connectionStatus</c>.</summary>
internal static class Connection
{
    /// <summary>Builds it.</summary>
    internal static DocumentBuilder Status(CommandContext context)
    {
        var users = new ArrayBuilder();
        if (context.Client.User is { } user)
        {
            users.Add(new DocumentBuilder { { "user", user.Name }, { "db", user.Database } });
        }

        var roles = context.Member.Authorizer.RolesOf(context.Client) ?? new ResolvedRoles();
        var info = new DocumentBuilder
        {
            { "authenticatedUsers", users.Build() },
            { "authenticatedUserRoles", RoleName.ToArray(roles.Roles) },
        };
        if (context.Body["showPrivileges"].IsTruthy())
        {
            info.Add("authenticatedUserPrivileges", roles.Privileges.ToArray());
        }

        return new() { { "authInfo", info } };
    }
}
