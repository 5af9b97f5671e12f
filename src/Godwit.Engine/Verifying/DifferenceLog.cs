using Godwit.Bson;
using Godwit.Engine.Planning;
using Godwit.Engine.Reporting;

namespace Godwit.Engine.Verifying;

/// <summary>
/// Remembers every difference found (S24): each key may be healed once; the same key differing again, or more than a set number,
/// stops the migration.
/// </summary>
internal sealed class DifferenceLog(int healingsMax, TimeProvider time)
{
    private readonly Dictionary<KeyHash, ReportedDifference> found = [];
    private readonly Lock gate = new();

    internal IReadOnlyList<ReportedDifference> Differences
    {
        get
        {
            lock (gate)
            {
                return [.. found.Values];
            }
        }
    }

    internal int Healed => Differences.Count(one => one.IsHealed);

    internal int Open => Differences.Count(one => !one.IsHealed);

    /// <summary>Notes a difference that is to be healed.</summary>
    internal void Add(KeyHash key, Namespace name, RawValue id, UInt128? source, UInt128? destination)
    {
        lock (gate)
        {
            if (found.ContainsKey(key))
            {
                throw Failure($"the document with _id {id} of {name} differs again after it was healed");
            }

            var what =
                source is null ? "not on the source"
                : destination is null ? "missing on the destination"
                : "different";
            found.Add(
                key,
                new(
                    name.ToString(),
                    id.ToString(),
                    what,
                    DocumentSums.TextOf(source),
                    DocumentSums.TextOf(destination),
                    time.GetUtcNow(),
                    false
                )
            );
            if (found.Count > healingsMax)
            {
                throw Failure($"more than {healingsMax} documents differ, the last in {name}");
            }
        }
    }

    /// <summary>The key was compared again and is equal.</summary>
    internal void NoteEqual(KeyHash key)
    {
        lock (gate)
        {
            if (found.TryGetValue(key, out var one) && !one.IsHealed)
            {
                found[key] = one with { IsHealed = true };
            }
        }
    }

    private static MigrationFailedException Failure(string message) =>
        new(
            "VerificationMismatch",
            $"Verification failed: {message}.",
            "Find out what writes to the destination, stop it, and run the migration again; the report names every difference."
        );
}
