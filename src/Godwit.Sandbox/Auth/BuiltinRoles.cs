using System.Collections.Frozen;

namespace Godwit.Sandbox.Auth;

/// <summary>What the built-in roles allow, by kind of command rather than by single action.</summary>
internal static class BuiltinRoles
{
    private static readonly FrozenDictionary<string, Rights> OnOwnDatabase = new Dictionary<string, Rights>
    {
        ["read"] = Rights.Read,
        ["readWrite"] = Rights.Read | Rights.Write,
        ["dbAdmin"] = Rights.Administer,
        ["userAdmin"] = Rights.ManageUsers,
        ["dbOwner"] = Rights.Read | Rights.Write | Rights.Administer | Rights.ManageUsers,
        ["enableSharding"] = Rights.None,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, Rights> OnAllDatabases = new Dictionary<string, Rights>
    {
        ["readAnyDatabase"] = Rights.Read | Rights.ListDatabases,
        ["readWriteAnyDatabase"] = Rights.Read | Rights.Write | Rights.ListDatabases,
        ["dbAdminAnyDatabase"] = Rights.Administer | Rights.ListDatabases,
        ["userAdminAnyDatabase"] = Rights.ManageUsers | Rights.ListDatabases,
        ["clusterMonitor"] = Rights.Monitor | Rights.ListDatabases,
        ["clusterManager"] = Rights.Monitor | Rights.ManageCluster | Rights.ListDatabases,
        ["hostManager"] = Rights.Monitor | Rights.ManageCluster,
        ["clusterAdmin"] = Rights.Monitor | Rights.ManageCluster | Rights.ListDatabases | Rights.Administer,
        ["backup"] = Rights.Read | Rights.Monitor | Rights.ListDatabases,
        ["restore"] = Rights.Write | Rights.Administer | Rights.ManageUsers | Rights.BlockWrites | Rights.ListDatabases,
        ["directShardOperations"] = Rights.None,
        ["root"] = Rights.All & ~Rights.Internal,
        ["__system"] = Rights.All,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Whether there is such a role on a database.</summary>
    internal static bool Exists(RoleName role) =>
        OnOwnDatabase.ContainsKey(role.Role) || (role.Database == "admin" && OnAllDatabases.ContainsKey(role.Role));

    /// <summary>What a role allows on a database.</summary>
    internal static Rights RightsOn(RoleName role, string database)
    {
        if (role.Database == "admin" && OnAllDatabases.TryGetValue(role.Role, out var everywhere))
        {
            return everywhere;
        }

        return role.Database == database ? OnOwnDatabase.GetValueOrDefault(role.Role) : Rights.None;
    }
}
