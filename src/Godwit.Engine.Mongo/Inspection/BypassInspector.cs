using MongoDB.Bson;

namespace Godwit.Engine.Mongo.Inspection;

/// <summary>
/// Which users a write block would not hold (C14): those with the action <c>bypassWriteBlockingMode</c> on the cluster. Privileges on
/// the cluster are granted by roles of <c>admin</c> only; of the built-in ones <c>restore</c>, <c>root</c> and <c>__system</c> have it.
/// </summary>
internal sealed class BypassInspector(CommandRunner commands)
{
    private const string Action = "bypassWriteBlockingMode";
    private const string Admin = "admin";
    private static readonly string[] BuiltInRoles = ["restore", "root", "__system"];

    /// <summary>As <c>user@database</c>, in order; <see langword="null"/> if the user may not look at users.</summary>
    internal async Task<IReadOnlyList<string>?> ListAsync(CancellationToken cancellationToken)
    {
        var all = new BsonDocument("usersInfo", new BsonDocument("forAllDBs", true));
        if (await commands.TryRunAsync(Admin, all, cancellationToken).ConfigureAwait(false) is not { } users)
        {
            return null;
        }

        var roles = await ListRolesAsync(cancellationToken).ConfigureAwait(false);
        return
        [
            .. users["users"]
                .AsBsonArray.Select(user => user.AsBsonDocument)
                .Where(user => user["roles"].AsBsonArray.Any(role => IsOneOf(roles, role.AsBsonDocument)))
                .Select(user => $"{user["user"].AsString}@{user["db"].AsString}")
                .Order(StringComparer.Ordinal),
        ];
    }

    private async Task<HashSet<string>> ListRolesAsync(CancellationToken cancellationToken)
    {
        var roles = new HashSet<string>(BuiltInRoles, StringComparer.Ordinal);
        var custom = new BsonDocument { { "rolesInfo", 1 }, { "showPrivileges", true } };
        if (await commands.TryRunAsync(Admin, custom, cancellationToken).ConfigureAwait(false) is { } found)
        {
            roles.UnionWith(
                found["roles"]
                    .AsBsonArray.Select(role => role.AsBsonDocument)
                    .Where(Bypasses)
                    .Select(role => role["role"].AsString)
            );
        }

        return roles;
    }

    private static bool IsOneOf(HashSet<string> roles, BsonDocument role) =>
        role["db"] == Admin && roles.Contains(role["role"].AsString);

    private static bool Bypasses(BsonDocument role) =>
        role.GetValue("privileges", new BsonArray())
            .AsBsonArray.Concat(role.GetValue("inheritedPrivileges", new BsonArray()).AsBsonArray)
            .Select(privilege => privilege.AsBsonDocument)
            .Any(privilege =>
                IsClusterWide(privilege["resource"].AsBsonDocument)
                && privilege["actions"].AsBsonArray.Any(action => action == Action || action == "anyAction")
            );

    private static bool IsClusterWide(BsonDocument resource) =>
        resource.GetValue("cluster", false).ToBoolean() || resource.GetValue("anyResource", false).ToBoolean();
}
