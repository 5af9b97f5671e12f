using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Auth;

/// <summary>What createUser, updateUser, dropUser and their like write.</summary>
internal static class UserChanges
{
    private static readonly string[] Changeable =
    [
        "pwd",
        "mechanisms",
        "customData",
        "roles",
        "authenticationRestrictions",
    ];

    /// <summary>Makes a user.</summary>
    internal static async ValueTask<DocumentBuilder> CreateAsync(
        CommandContext context,
        CancellationToken cancellationToken
    )
    {
        var name = context.Arguments.RequiredString("createUser");
        var password = context.Arguments.String("pwd");
        if (password is null && context.Database != "$external")
        {
            throw new CommandException(
                ErrorCode.BadValue,
                "Must provide a 'pwd' field for all user documents, except those with '$external' as the user's source db"
            );
        }

        if (password?.Length == 0)
        {
            throw new CommandException(50687, "Error preflighting UTF-8 conversion: U_STRING_NOT_TERMINATED_WARNING");
        }

        var credentials = UserDocuments.Credentials(name, password, Mechanisms(context));
        var user = UserDocuments.New(
            name,
            context.Database,
            credentials,
            RoleArguments.Roles(context),
            RoleArguments.Restrictions(context),
            context.Arguments.Document("customData") is { } data ? data : default(RawValue)
        );
        try
        {
            await context
                .Member.Writes.InsertAsync(UserDirectory.Collection, user, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (CommandException duplicate) when (duplicate.Code == ErrorCode.DuplicateKey)
        {
            throw new CommandException(51003, $"User \"{name}@{context.Database}\" already exists");
        }

        return [];
    }

    /// <summary>Changes a user's password, roles or data.</summary>
    internal static ValueTask<DocumentBuilder> UpdateAsync(CommandContext context, CancellationToken cancellationToken)
    {
        if (!context.Body.Any(element => Changeable.Contains(element.Name, StringComparer.Ordinal)))
        {
            throw new CommandException(ErrorCode.BadValue, "Must specify at least one field to update in updateUser");
        }

        var (name, user) = Existing(context, "updateUser", "User {0} not found");
        if (context.Arguments.String("pwd") is { } password)
        {
            user = UserDocuments.With(
                user,
                "credentials",
                UserDocuments.Credentials(name, password, Mechanisms(context))
            );
        }

        if (context.Body.Has("roles"))
        {
            user = UserDocuments.With(user, "roles", RoleName.ToArray(RoleArguments.Roles(context)));
        }

        if (context.Arguments.Document("customData") is { } data)
        {
            user = UserDocuments.With(user, "customData", data);
        }

        if (RoleArguments.Restrictions(context) is { IsMissing: false } restrictions)
        {
            user = UserDocuments.With(user, "authenticationRestrictions", restrictions);
        }

        return ReplaceAsync(context, user, cancellationToken);
    }

    /// <summary>Gives a user roles, or takes them away.</summary>
    internal static ValueTask<DocumentBuilder> ChangeRolesAsync(
        CommandContext context,
        bool isGrant,
        CancellationToken cancellationToken
    )
    {
        var (_, user) = Existing(context, context.Traits.Name, "Could not find user \"{0}\"");
        var named = RoleArguments.Roles(context);
        var present = RoleDirectory.NamesOf(user);
        var roles = isGrant ? present.Union(named) : present.Except(named);
        return ReplaceAsync(context, UserDocuments.With(user, "roles", RoleName.ToArray(roles)), cancellationToken);
    }

    /// <summary>Removes a user.</summary>
    internal static async ValueTask<DocumentBuilder> DropAsync(
        CommandContext context,
        CancellationToken cancellationToken
    )
    {
        var (_, user) = Existing(context, "dropUser", "User '{0}' not found");
        _ = await context
            .Member.Writes.DeleteAsync(UserDirectory.Collection, new() { { "_id", user["_id"] } }, cancellationToken)
            .ConfigureAwait(false);
        return [];
    }

    /// <summary>Removes all users of a database.</summary>
    internal static async ValueTask<DocumentBuilder> DropAllAsync(
        CommandContext context,
        CancellationToken cancellationToken
    )
    {
        var count = await context
            .Member.Writes.DeleteAsync(
                UserDirectory.Collection,
                new() { { "db", context.Database } },
                cancellationToken
            )
            .ConfigureAwait(false);
        return new() { { "n", count } };
    }

    private static (string Name, RawDocument User) Existing(CommandContext context, string field, string notFound)
    {
        var name = context.Arguments.RequiredString(field);
        return context.Member.Users.Find(name, context.Database) is { } user
            ? (name, user)
            : throw new CommandException(
                ErrorCode.UserNotFound,
                notFound.Replace("{0}", $"{name}@{context.Database}", StringComparison.Ordinal)
            );
    }

    private static IReadOnlyList<string> Mechanisms(CommandContext context)
    {
        if (context.Arguments.Array("mechanisms") is not { } given)
        {
            return [ScramCredential.Sha1, ScramCredential.Sha256];
        }

        var names = given.Select(value => value.Type == BsonType.String ? value.AsString : "").ToList();
        if (names.Count == 0)
        {
            throw new CommandException(ErrorCode.BadValue, "mechanisms field must not be empty");
        }

        foreach (var name in names.Where(name => name is not (ScramCredential.Sha1 or ScramCredential.Sha256)))
        {
            throw new CommandException(ErrorCode.BadValue, $"Unknown auth mechanism '{name}'");
        }

        return names;
    }

    private static async ValueTask<DocumentBuilder> ReplaceAsync(
        CommandContext context,
        RawDocument user,
        CancellationToken cancellationToken
    )
    {
        await context.Member.Writes.PutAsync(UserDirectory.Collection, user, cancellationToken).ConfigureAwait(false);
        return [];
    }
}
