using Godwit.Engine.Preflight;
using MongoDB.Bson;

namespace Godwit.Engine.Mongo.Administration;

/// <summary>Privileges as the server's commands for roles take them, and which of a user's privileges cover what is needed.</summary>
internal static class Grants
{
    /// <summary>A privilege of a role.</summary>
    internal static BsonDocument Of(RequiredPrivilege needed) =>
        new() { { "resource", ResourceOf(needed.Resource) }, { "actions", new BsonArray(needed.Actions) } };

    /// <summary>
    /// Whether a privilege's resource covers one that is needed. Collections of <c>config</c> and <c>local</c>, and those of the system, are
    /// none of "every collection" (<c>buildResourceSearchList</c> of the server).
    /// </summary>
    internal static bool Covers(BsonDocument granted, string resource)
    {
        if (granted.GetValue("anyResource", false).ToBoolean())
        {
            return true;
        }

        var needed = ResourceOf(resource);
        return granted.Equals(needed)
            || (
                resource == RequiredPrivileges.Buckets
                && granted.GetValue("system_buckets", "-") == ""
                && granted.GetValue("db", "") == ""
            )
            || (
                needed.TryGetValue("db", out var database)
                && database.AsString is "config" or "local"
                && granted.GetValue("db", "-") == database
                && granted.GetValue("collection", "-") == ""
            );
    }

    private static BsonDocument ResourceOf(string resource) =>
        resource switch
        {
            RequiredPrivileges.Collections => Pair("", "collection", ""),
            RequiredPrivileges.Cluster => new("cluster", true),
            RequiredPrivileges.Buckets => Pair("", "system_buckets", ""),
            RequiredPrivileges.Configuration => Pair("config", "collection", ""),
            _ => Pair(resource.Split('.', 2)[0], "collection", resource.Split('.', 2)[1]),
        };

    private static BsonDocument Pair(string database, string kind, string name) =>
        new() { { "db", database }, { kind, name } };
}
