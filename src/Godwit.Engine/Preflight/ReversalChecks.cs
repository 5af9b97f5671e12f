using Godwit.Engine.Scoping;

namespace Godwit.Engine.Preflight;

/// <summary>Whether a migration could be turned round after its cutover (S29): found out before it begins, not when it is needed.</summary>
internal static class ReversalChecks
{
    internal static Finding Check(ClusterFacts source, ClusterFacts destination, PreflightOptions options)
    {
        const string id = "reversible";
        if (options.Scope != NamespaceScope.Everything)
        {
            return Finding.Failed(
                id,
                "With a filter, rules for documents, or other names on the destination, a migration cannot be reversed.",
                "Leave out --reversible, or move the whole source under its own names."
            );
        }

        if (options.IgnoreExisting)
        {
            return Finding.Failed(
                id,
                "A migration to a destination that holds other collections cannot be reversed: they would be brought to the source.",
                "Leave out --reversible, or use an empty destination."
            );
        }

        // The other way round it would be one from the newer to the older.
        return VersionChecks.Pair(destination, source).State == FindingState.Failed
            ? Finding.Failed(
                id,
                $"The destination ({destination.Version}) is newer than the source ({source.Version}): what only the newer version knows could not be brought back.",
                $"Leave out --reversible, or upgrade the source to {destination.Version} first."
            )
            : Finding.Passed(id, "It can be reversed after the cutover.");
    }
}
