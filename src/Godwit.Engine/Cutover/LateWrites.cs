using Godwit.Bson;
using Godwit.Engine.Applying;

namespace Godwit.Engine.Cutover;

/// <summary>
/// What the source is written to after the final time of a cutover (S27, S28). Such events never reach the destination while the cutover
/// may still be decided, nor after it was: before the decision the first of them gives the cutover up, later they are only named.
/// </summary>
internal sealed class LateWrites(SyncState state) : ILateEvents
{
    private const int NamesMax = 20;
    private List<Event> kept = [];
    private ClusterTime? final;
    private CancellationTokenSource found = new();
    private IReadOnlyList<string> writers = [];
    private bool areExpected;
    private bool isProving;
    private bool hasMoved;

    /// <summary>Cancelled when the first late event comes, or a collection turns out to have moved.</summary>
    internal CancellationToken Found => found.Token;

    /// <summary>How many there were since the final time.</summary>
    internal int Count
    {
        get
        {
            lock (state.Gate)
            {
                return kept.Count;
            }
        }
    }

    /// <summary>Whether a collection turned out to have moved while equality was being proven: it cannot be read as it is listed.</summary>
    internal bool HasMoved
    {
        get
        {
            lock (state.Gate)
            {
                return hasMoved;
            }
        }
    }

    /// <summary>When they were made: as many as are named.</summary>
    internal IReadOnlyList<ClusterTime> Times
    {
        get
        {
            lock (state.Gate)
            {
                return [.. kept.Select(one => one.Time).Take(NamesMax)];
            }
        }
    }

    /// <summary>Where to, in words, and by whom as far as that is known.</summary>
    internal string Names
    {
        get
        {
            lock (state.Gate)
            {
                var names = kept.Select(one => one.Name.ToString()).Distinct().Order(StringComparer.Ordinal).ToList();
                var more = names.Count > NamesMax ? ", …" : "";
                var by = writers.Count > 0 ? $" by {string.Join(" and ", writers)}" : "";
                return string.Join(", ", names.Take(NamesMax)) + more + by;
            }
        }
    }

    /// <summary>The source has told who made them.</summary>
    internal void NameWriters(IReadOnlyList<string> users)
    {
        lock (state.Gate)
        {
            writers = users;
        }
    }

    /// <summary>Keeps everything from now on, since the final time is about to be taken and its event may pass at once.</summary>
    internal void Arm()
    {
        lock (state.Gate)
        {
            Renew();
            (final, isProving, state.LateEvents) = (null, false, this);
        }
    }

    /// <summary>Forgets that something was found in an earlier attempt.</summary>
    internal void Renew()
    {
        lock (state.Gate)
        {
            found.Dispose();
            found = new();
            (hasMoved, writers) = (false, []);
        }
    }

    /// <summary>
    /// At a barrier, before the next event is routed: keeps everything after this time. Such writes are expected; only a definition that
    /// changes is told of as found, since what is compared after that would be another one.
    /// </summary>
    internal void StandAt(ClusterTime time)
    {
        lock (state.Gate)
        {
            state.LateKeys.Clear();
            (final, areExpected, isProving, state.LateEvents) = (time, true, true, this);
        }
    }

    /// <summary>Everything up to the final time is listed: a collection that is read from now on and is not there has moved since.</summary>
    internal void BeginProof()
    {
        lock (state.Gate)
        {
            isProving = true;
        }
    }

    /// <summary>
    /// The final time is known: what is kept and not after it goes its way. True if definitions have to be listed again.
    /// </summary>
    internal bool Seal(ClusterTime time)
    {
        lock (state.Gate)
        {
            var hasDefinitions = kept.Exists(one => one.CarryOut is null && one.Time <= time);
            ReleaseThrough(time);
            // What went its way is on the destination, and is compared; anything else has given the cutover up.
            state.LateKeys.Clear();
            if (kept.Count > 0)
            {
                _ = found.CancelAsync();
            }

            return hasDefinitions;
        }
    }

    /// <summary>The cutover is given up: everything goes its way. True if definitions have to be listed again.</summary>
    internal bool Disarm()
    {
        lock (state.Gate)
        {
            var isToList = hasMoved || kept.Exists(one => one.CarryOut is null);
            ReleaseThrough(ClusterTime.MaxValue);
            state.LateKeys.Clear();
            (areExpected, isProving, state.LateEvents) = (false, false, null);
            return isToList;
        }
    }

    /// <inheritdoc/>
    public bool TryKeep(ClusterTime time, Namespace name, Action? carryOut)
    {
        if (time <= final)
        {
            return false;
        }

        // No checkpoint may count it as applied.
        state.Router.Outstanding.Add(time);
        kept.Add(new(time, name, carryOut));
        if (final is not null && (!areExpected || carryOut is null))
        {
            _ = found.CancelAsync();
        }

        return true;
    }

    /// <inheritdoc/>
    public void NoteMoved()
    {
        if (isProving)
        {
            hasMoved = true;
            _ = found.CancelAsync();
        }
    }

    private void ReleaseThrough(ClusterTime time)
    {
        final = time;
        var all = kept;
        kept = [.. all.Where(one => one.Time > time)];
        foreach (var one in all.Where(one => one.Time <= time))
        {
            state.Router.Outstanding.Remove(one.Time);
            one.CarryOut?.Invoke();
        }
    }

    /// <summary>A kept event; one without an action is a definition, which only a listing can carry out.</summary>
    private sealed record Event(ClusterTime Time, Namespace Name, Action? CarryOut);
}
