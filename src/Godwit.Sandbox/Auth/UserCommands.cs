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
        Write("createUser", UserChanges.CreateAsync),
        Write("dropAllUsersFromDatabase", UserChanges.DropAllAsync),
        Write("dropUser", UserChanges.DropAsync),
        Write("grantRolesToUser", (context, token) => UserChanges.ChangeRolesAsync(context, isGrant: true, token)),
        Write("revokeRolesFromUser", (context, token) => UserChanges.ChangeRolesAsync(context, isGrant: false, token)),
        Write("updateUser", UserChanges.UpdateAsync),
        new AnswerCommand(new CommandTraits("rolesInfo") { OnSecondary = SecondaryUse.OptIn }, RolesInfo),
        new AnswerCommand(new CommandTraits("usersInfo") { OnSecondary = SecondaryUse.OptIn }, UsersInfo),
    ];

    private static AnswerCommand LoginCommand(string name, Func<CommandContext, DocumentBuilder> answer) =>
        new(
            new CommandTraits(name)
            {
                OnSecondary = SecondaryUse.Always,
                RequiresAuthentication = false,
                TakesSession = false,
                IsInApiVersion1 = name != "logout",
            },
            answer
        );

    private static UserCommand Write(
        string name,
        Func<CommandContext, CancellationToken, ValueTask<DocumentBuilder>> answer
    ) => new(new CommandTraits(name) { TakesWriteConcern = true }, answer);

    private static DocumentBuilder Logout(CommandContext context)
    {
        context.Client.User = null;
        return [];
    }

    private static DocumentBuilder UsersInfo(CommandContext context)
    {
        var asked = context.Body["usersInfo"];
        var users = context.Member.Users.All.Where(user => IsAsked(user, asked, context.Database));
        var shown = new ArrayBuilder();
        foreach (var user in users.OrderBy(user => user["_id"].AsString, StringComparer.Ordinal))
        {
            shown.Add(Show(user, context.Body["showCredentials"].IsTruthy()));
        }

        return new() { { "users", shown.Build() } };
    }

    private static bool IsAsked(RawDocument user, RawValue asked, string database)
    {
        switch (asked.Type)
        {
            case BsonType.String:
                return user["user"].AsString == asked.AsString && user["db"].AsString == database;
            case BsonType.Document when asked.AsDocument["forAllDBs"].IsTruthy():
                return true;
            case BsonType.Document:
                return user["user"] == asked.AsDocument["user"] && user["db"] == asked.AsDocument["db"];
            case BsonType.Array:
                return asked.AsDocument.Values().Any(one => IsAsked(user, one, database));
            default:
                return user["db"].AsString == database;
        }
    }

    private static RawDocument Show(RawDocument user, bool showsCredentials)
    {
        var shown = new DocumentBuilder(user.Length);
        foreach (var element in user)
        {
            if (!element.NameIs("credentials") || showsCredentials)
            {
                shown.Add(element);
            }
        }

        return shown.Add("mechanisms", UserDocuments.Mechanisms(user)).Build();
    }

    private static DocumentBuilder RolesInfo(CommandContext context)
    {
        var asked = context.Body["rolesInfo"];
        var roles = new ArrayBuilder();
        if (asked.Type is BsonType.String or BsonType.Document)
        {
            var role = RoleName.Parse(asked, context.Database);
            if (BuiltinRoles.Exists(role))
            {
                roles.Add(
                    new DocumentBuilder
                    {
                        { "role", role.Role },
                        { "db", role.Database },
                        { "isBuiltin", true },
                        { "roles", new ArrayBuilder().Build() },
                        { "inheritedRoles", new ArrayBuilder().Build() },
                    }
                );
            }
        }

        return new() { { "roles", roles.Build() } };
    }
}
