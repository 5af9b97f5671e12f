using Godwit.Bson;
using Godwit.Sandbox.Commands;

namespace Godwit.Sandbox.Auth;

/// <summary>The commands that log in and that keep users.</summary>
internal static class UserCommands
{
    /// <summary>One of each.</summary>
    internal static IReadOnlyList<ICommand> All { get; } =
    [
        LoginCommand("authenticate", context => Login.Certificate(context, context.Body)),
        LoginCommand("logout", Logout),
        LoginCommand("saslContinue", context => Login.Continue(context, context.Body)),
        LoginCommand("saslStart", context => Login.Start(context, context.Body, context.Database)),
        new AwaitedAnswerCommand(
            new CommandTraits("_mergeAuthzCollections") { IsAdminOnly = true, TakesWriteConcern = true },
            AuthzMerge.RunAsync
        ),
        Write("createRole", RoleChanges.CreateAsync),
        Write("createUser", UserChanges.CreateAsync),
        Write("dropAllRolesFromDatabase", RoleChanges.DropAllAsync),
        Write("dropAllUsersFromDatabase", UserChanges.DropAllAsync),
        Write("dropRole", RoleChanges.DropAsync),
        Write("dropUser", UserChanges.DropAsync),
        Write(
            "grantPrivilegesToRole",
            (context, token) => RoleChanges.ChangePrivilegesAsync(context, isGrant: true, token)
        ),
        Write("grantRolesToRole", (context, token) => RoleChanges.ChangeRolesAsync(context, isGrant: true, token)),
        Write("grantRolesToUser", (context, token) => UserChanges.ChangeRolesAsync(context, isGrant: true, token)),
        Write(
            "revokePrivilegesFromRole",
            (context, token) => RoleChanges.ChangePrivilegesAsync(context, isGrant: false, token)
        ),
        Write("revokeRolesFromRole", (context, token) => RoleChanges.ChangeRolesAsync(context, isGrant: false, token)),
        Write("revokeRolesFromUser", (context, token) => UserChanges.ChangeRolesAsync(context, isGrant: false, token)),
        Write("updateRole", RoleChanges.UpdateAsync),
        Write("updateUser", UserChanges.UpdateAsync),
        new AnswerCommand(
            new CommandTraits("invalidateUserCache") { OnSecondary = SecondaryUse.Always, IsAdminOnly = false },
            // Rights are read from the data each time: nothing is out of date.
            _ => []
        ),
        new AnswerCommand(new CommandTraits("rolesInfo") { OnSecondary = SecondaryUse.OptIn }, RoleInfo.Build),
        new AnswerCommand(new CommandTraits("usersInfo") { OnSecondary = SecondaryUse.OptIn }, UserInfo.Build),
    ];

    private static AnswerCommand LoginCommand(string name, Func<CommandContext, DocumentBuilder> answer) =>
        new(
            new CommandTraits(name)
            {
                OnSecondary = SecondaryUse.Always,
                RequiresAuthentication = name == "logout",
                TakesSession = false,
                IsInApiVersion1 = name != "logout",
            },
            answer
        );

    private static AwaitedAnswerCommand Write(
        string name,
        Func<CommandContext, CancellationToken, ValueTask<DocumentBuilder>> answer
    ) => new(new CommandTraits(name) { TakesWriteConcern = true }, answer);

    private static DocumentBuilder Logout(CommandContext context)
    {
        context.Client.User = null;
        return [];
    }
}
