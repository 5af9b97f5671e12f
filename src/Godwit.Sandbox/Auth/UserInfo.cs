using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Reading;

namespace Godwit.Sandbox.Auth;

/// <summary>The reply of <c>usersInfo</c>.</summary>
internal static class UserInfo
{
    /// <summary>Builds it.</summary>
    internal static DocumentBuilder Build(CommandContext context)
    {
        var asked = context.Body["usersInfo"];
        var matches = Filtering.Of(context.Arguments.Document("filter") ?? RawDocument.Empty);
        var shown = new ArrayBuilder();
        foreach (
            var user in context
                .Member.Users.All.Where(user => IsAsked(user, asked, context.Database) && matches(user))
                .OrderBy(user => user["user"].AsString, StringComparer.Ordinal)
                .ThenBy(user => user["db"].AsString, StringComparer.Ordinal)
        )
        {
            shown.Add(IsInDetail(context) ? InDetail(context, user) : InShort(context, user));
        }

        return new() { { "users", shown.Build() } };
    }

    private static bool IsInDetail(CommandContext context) =>
        context.Body["showPrivileges"].IsTruthy() || context.Body["showAuthenticationRestrictions"].IsTruthy();

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

    private static RawDocument InShort(CommandContext context, RawDocument user)
    {
        var shown = new DocumentBuilder(user.Length);
        foreach (var element in user)
        {
            var isShown = element.Name switch
            {
                "credentials" => ShowsCredentials(context),
                "customData" => ShowsCustomData(context),
                "authenticationRestrictions" => false,
                _ => true,
            };
            if (isShown)
            {
                shown.Add(element);
            }
        }

        return shown.Add("mechanisms", UserDocuments.Mechanisms(user)).Build();
    }

    private static RawDocument InDetail(CommandContext context, RawDocument user)
    {
        var shown = new DocumentBuilder(user.Length * 2);
        foreach (var element in user)
        {
            if (element.NameIs("credentials"))
            {
                shown.Add("mechanisms", UserDocuments.Mechanisms(user));
            }

            var isShown = element.Name switch
            {
                "credentials" => ShowsCredentials(context),
                "customData" => ShowsCustomData(context),
                "authenticationRestrictions" => context.Body["showAuthenticationRestrictions"].IsTruthy(),
                _ => true,
            };
            if (isShown)
            {
                shown.Add(element);
            }
        }

        var resolved = context.Member.Roles.Resolve(RoleDirectory.NamesOf(user));
        return shown
            .Add("inheritedRoles", RoleName.ToArray(resolved.Roles))
            .Add("inheritedPrivileges", resolved.Privileges.ToArray())
            .Add("inheritedAuthenticationRestrictions", RawValue.Array(resolved.Restrictions))
            .Build();
    }

    private static bool ShowsCredentials(CommandContext context) => context.Body["showCredentials"].IsTruthy();

    private static bool ShowsCustomData(CommandContext context) =>
        !context.Body.Has("showCustomData") || context.Body["showCustomData"].IsTruthy();
}
