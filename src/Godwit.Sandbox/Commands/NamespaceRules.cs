using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Commands;

/// <summary>Which database and collection names are valid.</summary>
internal static class NamespaceRules
{
    private const int DatabaseNameLengthMax = 63;
    private const int NamespaceLengthMax = 255;

    /// <summary>Refuses a database name that MongoDB refuses for any command.</summary>
    internal static void CheckDatabase(string database)
    {
        if (database.Length > DatabaseNameLengthMax)
        {
            throw Invalid($"db name must be at most {DatabaseNameLengthMax} characters, found: {database.Length}");
        }

        if (database.Contains('.', StringComparison.Ordinal))
        {
            throw Invalid($"'.' is an invalid character in a db name: {database}");
        }

        if (!IsValidDatabase(database))
        {
            throw Invalid($"Invalid database name: '{database}'");
        }
    }

    /// <summary>Checks the database of a request; a command on a collection names it itself, with another text.</summary>
    internal static void CheckDatabaseOf(CommandRequest request, CommandTraits traits)
    {
        if (
            !traits.NamesCollection
            || request.Database.Length > DatabaseNameLengthMax
            || request.Database.Contains('.', StringComparison.Ordinal)
        )
        {
            CheckDatabase(request.Database);
        }
    }

    /// <summary>Gives the namespace back if it may be used.</summary>
    internal static Namespace Check(Namespace ns)
    {
        if (!IsValidDatabase(ns.Database) || ns.Collection.Length == 0)
        {
            throw Invalid($"Invalid namespace specified: {ns}");
        }

        return IsValidCollection(ns) ? ns : throw Invalid($"Invalid collection name specified '{ns}'");
    }

    /// <summary>Refuses writes of clients to the collections the server keeps for itself.</summary>
    internal static void CheckWritable(Namespace ns)
    {
        var isSystem = ns.Collection.StartsWith("system.", StringComparison.Ordinal);
        if (!isSystem || ns.Database is "admin" or "config" or "local" || ns.Collection == "system.js")
        {
            return;
        }

        if (ns.Collection == Writing.ViewCatalog.CollectionName)
        {
            throw Invalid($"cannot write to {ns}");
        }

        if (!ns.Collection.StartsWith("system.buckets.", StringComparison.Ordinal))
        {
            throw Invalid($"Invalid system namespace: {ns}");
        }
    }

    /// <summary>Refuses a name too long for a collection to be made under it.</summary>
    internal static void CheckLength(Namespace ns)
    {
        if (System.Text.Encoding.UTF8.GetByteCount(ns.ToString()) > NamespaceLengthMax)
        {
            throw Invalid($"Fully qualified namespace is too long. Namespace: {ns} Max: {NamespaceLengthMax}");
        }
    }

    /// <summary>Refuses to write to collections that are the server's own.</summary>
    internal static void CheckUserWrites(Namespace ns)
    {
        if (ns.Collection is "system.profile" or "system.views" || ns == Storage.Oplog.Namespace)
        {
            throw Invalid($"cannot write to {ns}");
        }

        CheckSystemName(ns);
    }

    /// <summary>Refuses names of the system that mean nothing.</summary>
    internal static void CheckSystemName(Namespace ns)
    {
        if (ns.Collection.StartsWith("system.", StringComparison.Ordinal) && !IsSystemName(ns))
        {
            throw Invalid($"Invalid system namespace: {ns}");
        }
    }

    private static bool IsSystemName(Namespace ns) =>
        ns.Collection is "system.users" or "system.js" or "system.profile" or "system.views"
        || ns.Collection.StartsWith("system.buckets.", StringComparison.Ordinal)
        || ns.Database switch
        {
            "admin" => ns.Collection
                is "system.roles"
                    or "system.version"
                    or "system.new_users"
                    or "system.backup_users",
            "config" => ns.Collection is "system.sessions" or "system.indexBuilds" or "system.preimages",
            "local" => ns.Collection is "system.replset" or "system.healthlog",
            _ => false,
        };

    private static bool IsValidDatabase(string database) =>
        database.Length > 0 && database.AsSpan().IndexOfAny("/\\ \"\0") < 0;

    private static bool IsValidCollection(Namespace ns)
    {
        var name = ns.Collection;
        return name[0] != '.'
            && !name.Contains('\0', StringComparison.Ordinal)
            && (
                !name.Contains('$', StringComparison.Ordinal)
                || name.StartsWith("$cmd", StringComparison.Ordinal)
                || (ns.Database == "local" && name == "oplog.$main")
            );
    }

    private static CommandException Invalid(string message) => new(ErrorCode.InvalidNamespace, message);
}
