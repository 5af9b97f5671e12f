using Godwit.Bson;
using Godwit.Engine.Planning;

namespace Godwit.Engine.Verifying;

/// <summary>
/// Differences on a sharded source that may be none (S23): a transaction over several shards is visible at the time it committed, but
/// its events carry the later times at which the shards logged that. A barrier between the two compares a document that has the change
/// with one whose change is still to come. So a difference counts only if it stands at several barriers running, without an event of
/// its key in between. No I/O; used under the gate.
/// </summary>
internal sealed class PassingDifferences
{
    private const int BarriersMin = 3;
    private readonly Dictionary<KeyHash, (int Count, ClusterTime Last)> seen = [];

    /// <summary>Notes that a key differs at a barrier; true if that has lasted.</summary>
    internal bool HasLasted(KeyHash key, ClusterTime barrier)
    {
        var (count, last) = seen.GetValueOrDefault(key);
        count += last == barrier && count > 0 ? 0 : 1;
        seen[key] = (count, barrier);
        return count >= BarriersMin;
    }

    /// <summary>The key was found equal, or an event of it has come.</summary>
    internal void Forget(KeyHash key) => _ = seen.Remove(key);
}
