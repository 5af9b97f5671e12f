using Godwit.Bson;
using Godwit.Sandbox.Commands;

namespace Godwit.Sandbox.Diagnostics;

/// <summary>The reply of <c>connectionStatus</c>.</summary>
internal static class Connection
{
    /// <summary>Builds it.</summary>
    internal static DocumentBuilder Status(CommandContext context)
    {
        var (users, roles, privileges) = (new ArrayBuilder(), new ArrayBuilder(), new ArrayBuilder());
        if (context.Client.User is { } user)
        {
            users.Add(new DocumentBuilder { { "user", user.Name }, { "db", user.Database } });
            foreach (var role in context.Member.Users.RolesOf(user))
            {
                roles.Add(role.ToDocument());
            }
        }

        var info = new DocumentBuilder
        {
            { "authenticatedUsers", users.Build() },
            { "authenticatedUserRoles", roles.Build() },
        };
        if (context.Body["showPrivileges"].IsTruthy())
        {
            info.Add("authenticatedUserPrivileges", privileges.Build());
        }

        return new() { { "authInfo", info } };
    }
}
