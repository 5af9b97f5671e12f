using Godwit.Bson;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Replication;

/// <summary>Where the histories of a member and of its primary part.</summary>
internal static class CommonPoint
{
    /// <summary>
    /// The newest operation that is in both oplogs; <see langword="null"/> where none is: the member is too stale, or has parted from
    /// the primary before anything it still remembers.
    /// </summary>
    internal static OpTime? Find(Node mine, Node source)
    {
        var last = mine.LastApplied;
        if (last == OpTime.None)
        {
            return null;
        }

        if (IsIn(source.Oplog, last))
        {
            return last;
        }

        for (var entry = mine.Oplog.FindBefore(last.Time); entry is { } found; entry = mine.Oplog.FindBefore(last.Time))
        {
            last = TimeOf(found);
            if (IsIn(source.Oplog, last))
            {
                // What a majority has is never given up: no history with less can be its primary's.
                return last.Time >= mine.CommitPoint.Time ? last : null;
            }
        }

        return null;
    }

    private static bool IsIn(Oplog oplog, OpTime time) => oplog.Find(time.Time) is { } entry && TimeOf(entry) == time;

    private static OpTime TimeOf(RawDocument entry) => new(entry["ts"].AsTimestamp, entry["t"].ToInt64() ?? -1);
}
