using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Auth;

/// <summary>What createUser, updateUser, dropUser and their like write.</summary>
internal static class UserChanges
{
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

        var mechanisms = Mechanisms(context);
        var roles = Roles(context);
        if (context.Member.Users.Find(name, context.Database) is not null)
        {
            throw new CommandException(51003, $"User \"{name}@{context.Database}\" already exists");
        }

        var user = UserDocuments.New(name, context.Database, password, mechanisms, roles);
        foreach (var field in new[] { "customData", "authenticationRestrictions" })
        {
            if (context.Body.TryGet(field, out var value))
            {
                user = UserDocuments.With(user, field, value);
            }
        }

        var insert = new DocumentBuilder
        {
            { "insert", UserDirectory.Collection.Collection },
            { "documents", new ArrayBuilder { user }.Build() },
        };
        _ = await context.Member.Users.RunAsync(insert, cancellationToken).ConfigureAwait(false);
        return [];
    }

    /// <summary>Changes a user's password, roles or data.</summary>
    internal static ValueTask<DocumentBuilder> UpdateAsync(CommandContext context, CancellationToken cancellationToken)
    {
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
            user = UserDocuments.With(user, "roles", ToArray(Roles(context)));
        }

        foreach (var field in new[] { "customData", "authenticationRestrictions" })
        {
            if (context.Body.TryGet(field, out var value))
            {
                user = UserDocuments.With(user, field, value);
            }
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
        var named = Roles(context);
        var present = user["roles"].AsDocument.Values().Select(role => RoleName.Parse(role, context.Database));
        var roles = isGrant ? present.Union(named) : present.Except(named);
        return ReplaceAsync(context, UserDocuments.With(user, "roles", ToArray(roles)), cancellationToken);
    }

    /// <summary>Removes a user.</summary>
    internal static async ValueTask<DocumentBuilder> DropAsync(
        CommandContext context,
        CancellationToken cancellationToken
    )
    {
        var (_, user) = Existing(context, "dropUser", "User '{0}' not found");
        _ = await DeleteAsync(context, new() { { "_id", user["_id"] } }, cancellationToken).ConfigureAwait(false);
        return [];
    }

    /// <summary>Removes all users of a database.</summary>
    internal static async ValueTask<DocumentBuilder> DropAllAsync(
        CommandContext context,
        CancellationToken cancellationToken
    )
    {
        var count = await DeleteAsync(context, new() { { "db", context.Database } }, cancellationToken)
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

    private static List<RoleName> Roles(CommandContext context)
    {
        var values =
            context.Arguments.Array("roles") ?? throw CommandErrors.MissingField(context.Traits.FieldOwner, "roles");
        var roles = values.Select(value => RoleName.Parse(value, context.Database)).ToList();
        foreach (var role in roles.Where(role => !BuiltinRoles.Exists(role)))
        {
            throw new CommandException(ErrorCode.RoleNotFound, $"Could not find role: {role.Role}@{role.Database}");
        }

        return roles;
    }

    private static IReadOnlyList<string> Mechanisms(CommandContext context)
    {
        if (context.Arguments.Array("mechanisms") is not { } given)
        {
            return [ScramCredential.Sha1, ScramCredential.Sha256];
        }

        var names = given.Select(value => value.AsString).ToList();
        foreach (var name in names.Where(name => name is not (ScramCredential.Sha1 or ScramCredential.Sha256)))
        {
            throw new CommandException(ErrorCode.BadValue, $"Unknown auth mechanism '{name}'");
        }

        return names;
    }

    private static RawValue ToArray(IEnumerable<RoleName> roles) =>
        RawValue.Array(roles.Select(role => RawValue.Document(role.ToDocument())));

    private static async ValueTask<DocumentBuilder> ReplaceAsync(
        CommandContext context,
        RawDocument user,
        CancellationToken cancellationToken
    )
    {
        var change = new DocumentBuilder
        {
            {
                "q",
                new DocumentBuilder { { "_id", user["_id"] } }
            },
            { "u", user },
        };
        var update = new DocumentBuilder
        {
            { "update", UserDirectory.Collection.Collection },
            { "updates", new ArrayBuilder { change }.Build() },
        };
        _ = await context.Member.Users.RunAsync(update, cancellationToken).ConfigureAwait(false);
        return [];
    }

    private static async ValueTask<RawValue> DeleteAsync(
        CommandContext context,
        DocumentBuilder filter,
        CancellationToken cancellationToken
    )
    {
        var removal = new DocumentBuilder { { "q", filter }, { "limit", 0 } };
        var delete = new DocumentBuilder
        {
            { "delete", UserDirectory.Collection.Collection },
            { "deletes", new ArrayBuilder { removal }.Build() },
        };
        var reply = await context.Member.Users.RunAsync(delete, cancellationToken).ConfigureAwait(false);
        return reply["n"];
    }
}
