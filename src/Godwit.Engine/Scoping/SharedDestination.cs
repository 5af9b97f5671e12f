using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Ports;
using Godwit.Engine.Preflight;

namespace Godwit.Engine.Scoping;

/// <summary>
/// Several migrations to one destination at a time, which has to be asked for by giving each a name (S32): each keeps its progress in a database of its
/// own, and what one moves must lie outside the filter of every other.
/// </summary>
internal static class SharedDestination
{
    private const int NamesMax = 10;

    /// <summary>What stands against a migration beside the others that are recorded; <see langword="null"/> if nothing does.</summary>
    /// <param name="recorded">All that are recorded on the destination.</param>
    /// <param name="name">The name of the one that is to run; empty if it has none.</param>
    /// <param name="scope">What it moves.</param>
    /// <param name="names">What its source has of that.</param>
    internal static string? FindObjection(
        IEnumerable<RecordedMigration> recorded,
        string name,
        NamespaceScope scope,
        IReadOnlyCollection<Namespace> names
    )
    {
        foreach (var other in recorded.Where(one => !one.IsFinished && one.Name != name))
        {
            var its = $"Migration {other.Id}{(other.Name.Length > 0 ? $" ({other.Name})" : "")} to this destination";
            if (other.Name.Length == 0)
            {
                return $"{its} takes it for itself, since it was begun without a name.";
            }

            if (name.Length == 0)
            {
                return $"{its} is under way, and this one has no name to share it by.";
            }

            // One that has not recorded what it moves finds this one when it has.
            var both = other.Scope is { } text ? Overlap(other, NamespaceScope.Read(text), scope, names) : [];
            if (both.Count > 0)
            {
                return $"{its} moves {string.Join(", ", both.Take(NamesMax))}{(both.Count > NamesMax ? ", …" : "")}, too, or would if its source had them.";
            }
        }

        return null;
    }

    /// <summary>Makes sure of it, once this migration has recorded what it moves: of two that begin at a time one finds the other.</summary>
    /// <exception cref="MigrationFailedException">Something stands against it.</exception>
    internal static async Task RequireAsync(
        ISourceCluster source,
        IDestinationCluster destination,
        NamespaceScope scope,
        RetryPolicy retry,
        CancellationToken cancellationToken
    )
    {
        var recorded = await retry.RunAsync(destination.ListMigrationsAsync, cancellationToken);
        var name = ReservedNames.MigrationOf(destination.ReservedDatabase);
        if (recorded.All(one => one.Name == name))
        {
            return;
        }

        var listed = await retry.RunAsync(token => source.ListCatalogueAsync(null, token), cancellationToken);
        if (FindObjection(recorded, name, scope, [.. listed.Collections.Select(one => one.Name)]) is { } objection)
        {
            throw new MigrationFailedException(
                "DestinationShared",
                objection,
                "Finish or cancel that one first. To run several at a time, give each a name (--name) and a filter that leaves out what the others move."
            );
        }
    }

    private static SortedSet<string> Overlap(
        RecordedMigration other,
        NamespaceScope its,
        NamespaceScope scope,
        IEnumerable<Namespace> names
    ) =>
        [
            .. names.Select(scope.ToDestination).Where(its.Claims).Select(one => one.ToString()),
            .. other.Holds.Select(its.ToDestination).Where(scope.Claims).Select(one => one.ToString()),
        ];
}
