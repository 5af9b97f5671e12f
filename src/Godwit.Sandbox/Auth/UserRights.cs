using Godwit.Bson;

namespace Godwit.Sandbox.Auth;

/// <summary>What commands on users and roles need: the change itself, and to grant or revoke what they give or take.</summary>
internal static class UserRights
{
    /// <summary>Making a user or a role.</summary>
    internal static IEnumerable<Need> Create(RightsQuery query, string action) =>
        Changing(query, action).Concat(OnRoles(query, "grantRole")).Concat(OnPrivileges(query, "grantRole"));

    /// <summary>Changing a user: one's own password and data with less.</summary>
    internal static IEnumerable<Need> UpdateUser(RightsQuery query)
    {
        var isOwn =
            query.Context.Client.User is { } user
            && user == new AuthenticatedUser(query.Text("updateUser"), query.Database);
        if (query.Body.Has("pwd"))
        {
            yield return Own(query, isOwn, "changePassword", "changeOwnPassword");
        }

        if (query.Body.Has("customData"))
        {
            yield return Own(query, isOwn, "changeCustomData", "changeOwnCustomData");
        }

        foreach (var need in Replacing(query))
        {
            yield return need;
        }
    }

    /// <summary>Changing a role: what it had may be taken away.</summary>
    internal static IEnumerable<Need> UpdateRole(RightsQuery query) =>
        Replacing(query).Concat(OnPrivileges(query, "grantRole"));

    /// <summary>Granting or revoking roles.</summary>
    internal static IEnumerable<Need> OnRoles(RightsQuery query, string action)
    {
        if (query.Body["roles"] is not { Type: BsonType.Array } roles)
        {
            yield break;
        }

        foreach (var role in roles.AsDocument.Values())
        {
            yield return Need.Of(Resource.OfDatabase(RoleName.Parse(role, query.Database).Database), action);
        }
    }

    /// <summary>Granting or revoking privileges: those on more than a database are <c>admin</c>'s to give.</summary>
    internal static IEnumerable<Need> OnPrivileges(RightsQuery query, string action)
    {
        foreach (var privilege in query.Documents("privileges"))
        {
            var database = Privilege.Parse(privilege).Resource.Database;
            yield return Need.Of(Resource.OfDatabase(database.Length == 0 ? "admin" : database), action);
        }
    }

    /// <summary>Looking at users: at oneself always.</summary>
    internal static IEnumerable<Need> UsersInfo(RightsQuery query)
    {
        var asked = query.Body["usersInfo"];
        if (asked.Type == BsonType.Document && asked.AsDocument["forAllDBs"].IsTruthy())
        {
            return [Need.Of(Resource.Cluster, "viewUser")];
        }

        var own = query.Context.Client.User;
        return Named(asked, "user", query.Database)
            .Where(name => name.Role.Length == 0 || own != new AuthenticatedUser(name.Role, name.Database))
            .Select(name => Need.Of(Resource.OfDatabase(name.Database), "viewUser"));
    }

    /// <summary>Looking at roles: at one's own always.</summary>
    internal static IEnumerable<Need> RolesInfo(RightsQuery query)
    {
        var own = query.Context.Member.Authorizer.RolesOf(query.Context.Client)?.Roles ?? [];
        return Named(query.Body["rolesInfo"], "role", query.Database)
            .Where(name => !own.Contains(name))
            .Select(name => Need.Of(Resource.OfDatabase(name.Database), "viewRole"));
    }

    private static IEnumerable<Need> Changing(RightsQuery query, string action)
    {
        yield return Need.Of(query.WholeDatabase, action);
        if (query.Body.Has("authenticationRestrictions"))
        {
            yield return Need.Of(query.WholeDatabase, "setAuthenticationRestriction");
        }
    }

    private static IEnumerable<Need> Replacing(RightsQuery query)
    {
        if (query.Body.Has("roles") || query.Body.Has("privileges"))
        {
            yield return Need.Of(Resource.AnyNormal, "revokeRole");
        }

        if (query.Body.Has("authenticationRestrictions"))
        {
            yield return Need.Of(query.WholeDatabase, "setAuthenticationRestriction");
        }

        foreach (var need in OnRoles(query, "grantRole"))
        {
            yield return need;
        }
    }

    private static Need Own(RightsQuery query, bool isOwn, string action, string ownAction) =>
        isOwn
            ? new([new Privilege(query.WholeDatabase, action)], [new Privilege(query.WholeDatabase, ownAction)])
            : Need.Of(query.WholeDatabase, action);

    // Names without a name stand for all of a database.
    private static IEnumerable<RoleName> Named(RawValue asked, string field, string database) =>
        asked.Type switch
        {
            BsonType.String => [new(asked.AsString, database)],
            BsonType.Document => [new(Text(asked.AsDocument[field], ""), Text(asked.AsDocument["db"], database))],
            BsonType.Array => asked.AsDocument.Values().SelectMany(one => Named(one, field, database)),
            _ => [new("", database)],
        };

    private static string Text(RawValue value, string otherwise) =>
        value.Type == BsonType.String ? value.AsString : otherwise;
}
