using System.Text.RegularExpressions;

namespace Godwit.Engine.Ports;

/// <summary>Names the engine reserves on the destination.</summary>
internal static partial class ReservedNames
{
    /// <summary>
    /// The database that holds all progress; never copied, never followed. A migration that shares its destination with others has one of its own (S32).
    /// </summary>
    internal const string Database = "godwit_reserved";

    /// <summary>What the name of every reserved database matches, and no other, in the server's language of expressions too.</summary>
    internal const string Expression = "^godwit_reserved(_|$)";

    /// <summary>One document per write session: what <see cref="IDestinationCluster.FenceAsync"/> changes.</summary>
    internal const string Fences = "fences";

    private const string Prefix = Database + "_";

    /// <summary>Whether a database is one of the engine's.</summary>
    internal static bool IsReserved(string database) =>
        database == Database || database.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>The database of a migration that was given a name; of the one that was not, if the name is empty.</summary>
    internal static string DatabaseOf(string migration) => migration.Length == 0 ? Database : Prefix + migration;

    /// <summary>The name of the migration that a reserved database is of.</summary>
    internal static string MigrationOf(string database) => database == Database ? "" : database[Prefix.Length..];

    /// <summary>Whether a migration may be called so: names of databases bear little.</summary>
    internal static bool IsNameOfMigration(string name) => MigrationName().IsMatch(name);

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,31}$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex MigrationName();
}
