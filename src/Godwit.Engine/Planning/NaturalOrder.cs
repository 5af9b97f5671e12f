using System.Text.Json;
using Godwit.Engine.Ports;
using Godwit.Engine.Scoping;

namespace Godwit.Engine.Planning;

/// <summary>
/// Which collections are copied in natural order in place of ranges of <c>_id</c>, since their keys are random and they are much larger
/// than the source's cache (S8).
/// </summary>
internal sealed class NaturalOrder
{
    /// <summary>All are copied in ranges.</summary>
    internal static readonly NaturalOrder None = new([], whereItCan: false);

    private readonly IReadOnlyList<NamespacePattern> patterns;
    private readonly bool whereItCan;

    private NaturalOrder(IReadOnlyList<NamespacePattern> patterns, bool whereItCan) =>
        (this.patterns, this.whereItCan) = (patterns, whereItCan);

    /// <summary>Reads a JSON list of namespaces, written as in a filter; empty text stands for none.</summary>
    /// <param name="json">The text.</param>
    /// <param name="whereItCan">Whether a collection that cannot be copied so is copied in ranges, and no reason to fail.</param>
    /// <exception cref="ScopeException">It cannot be used.</exception>
    internal static NaturalOrder Parse(string json, bool whereItCan = false)
    {
        if (json.Length == 0)
        {
            return None;
        }

        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Array
                ? new([.. document.RootElement.EnumerateArray().Select(NamespacePattern.Parse)], whereItCan)
                : throw new ScopeException("the collections to copy in natural order are a list");
        }
        catch (JsonException malformed)
        {
            throw new ScopeException(
                $"the collections to copy in natural order are not named in JSON: {malformed.Message}"
            );
        }
    }

    /// <summary>
    /// Whether a collection is among them. Capped ones are copied so anyway, and buckets of time series lie in the order of their keys.
    /// </summary>
    /// <param name="collection">As it is to be on the destination.</param>
    /// <param name="isSourceSharded">Whether the source is a sharded cluster.</param>
    /// <exception cref="MigrationFailedException">It is, cannot be copied so, and was not to be only where it can.</exception>
    internal bool Includes(CollectionDescription collection, bool isSourceSharded)
    {
        if (
            FollowedCollection.IsCappedIn(collection)
            || SeriesNames.Shown(collection.Name) != collection.Name
            || !patterns.Any(one => one.Matches(collection.Name))
        )
        {
            return false;
        }

        return ObstacleOf(collection, isSourceSharded) is not { } obstacle
            || (
                whereItCan
                    ? false
                    : throw new MigrationFailedException(
                        "NaturalOrderNotPossible",
                        $"{collection.Name} cannot be copied in natural order: {obstacle}.",
                        "Leave it out of --natural-order: it is copied in ranges of _id then, with the same result."
                    )
            );
    }

    private static string? ObstacleOf(CollectionDescription collection, bool isSourceSharded) =>
        isSourceSharded
            ? "the source is a sharded cluster, where a document that moves between shards can be read twice or not at all without having changed"
        : collection.IsRuled ? "document rules are for it"
        : FollowedCollection.NeedsOneLane(collection) ? "its keys are compared by a collation"
        : !ShardKeyPaths.Of(collection).IsEmpty
            ? "it is sharded on the destination by other fields than _id, so that a document which is read twice could stand there twice"
        : null;
}
