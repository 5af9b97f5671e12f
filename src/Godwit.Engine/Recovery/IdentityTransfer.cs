using Godwit.Bson;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Recovery;

/// <summary>
/// When a source was restored under new UUIDs, lets its collections take over what stands for their namesakes on the destination, so
/// that it is compared instead of copied anew (S1a, S20); so do those that a sharded source has written anew under another identity, by
/// resharding or moving them. Only where both are created alike.
/// </summary>
internal static class IdentityTransfer
{
    private static readonly string[] Lasting = ["validationLevel", "validationAction"];

    /// <summary>The rows as they are to be saved, in their order.</summary>
    /// <param name="rows">As they are.</param>
    /// <param name="source">The source's catalogue.</param>
    /// <param name="destination">The destination's.</param>
    /// <param name="needsSameKey">Whether both have to be sharded alike.</param>
    internal static IReadOnlyList<CollectionMapping> Plan(
        IReadOnlyList<CollectionMapping> rows,
        IReadOnlyList<CollectionDescription> source,
        IReadOnlyList<CollectionDescription> destination,
        bool needsSameKey = false
    )
    {
        var listed = source.Select(one => one.Uuid).ToHashSet();
        var known = rows.Select(row => row.SourceUuid).ToHashSet();
        var newcomers = source
            .Where(one => one.Kind == CollectionKind.Collection && !known.Contains(one.Uuid))
            .ToDictionary(one => one.Name);
        var here = destination.Where(one => one.Uuid != Guid.Empty).ToDictionary(one => one.Uuid);
        return [.. rows.Select(row => IsOrphan(row) && Heir(row) is { } heir ? row with { SourceUuid = heir } : row)];

        bool IsOrphan(CollectionMapping row) => !row.IsView && !listed.Contains(row.SourceUuid);

        Guid? Heir(CollectionMapping row) =>
            here.TryGetValue(row.DestinationUuid, out var stands)
            && newcomers.TryGetValue(stands.Name, out var heir)
            && CanBecome(heir.Options, stands.Options)
            && (!needsSameKey || HaveSameKey(heir, stands))
                ? heir.Uuid
                : null;
    }

    /// <summary>Of a validator the level and the action can be changed, but not be taken away again.</summary>
    private static bool CanBecome(RawDocument wanted, RawDocument there) =>
        NeutralOptions.OfCollection(wanted) == NeutralOptions.OfCollection(there)
        && Array.TrueForAll(Lasting, option => wanted.Has(option) || !there.Has(option));

    private static bool HaveSameKey(CollectionDescription one, CollectionDescription other) =>
        one.ShardKey is { } key
            ? other.ShardKey is { } theirs && ShardKey.IsSame(key.Pattern, theirs.Pattern)
            : other.ShardKey is null;
}
