using Godwit.Engine.Planning;

namespace Godwit.Engine.Recovery;

/// <summary>
/// Ranges that are copied and wait for the next checkpoint: so that it need not look for them among all ranges. To be used under the
/// state's gate.
/// </summary>
internal sealed class UnsavedRanges
{
    private readonly List<(FollowedCollection Collection, CopyRange Range)> waiting = [];

    /// <summary>A range is copied.</summary>
    internal void Add(FollowedCollection collection, CopyRange range) => waiting.Add((collection, range));

    /// <summary>What is to be saved now, of collections that are still followed. It waits on until it is saved.</summary>
    internal IReadOnlyList<(FollowedCollection Collection, CopyRange Range)> Look()
    {
        _ = waiting.RemoveAll(one => one.Collection.IsGone);
        return [.. waiting];
    }

    /// <summary>These are on the destination.</summary>
    internal void Saved(IReadOnlyList<(FollowedCollection Collection, CopyRange Range)> saved)
    {
        var ranges = saved.Select(one => one.Range).ToHashSet();
        _ = waiting.RemoveAll(one => ranges.Contains(one.Range));
    }
}
