namespace Godwit.Engine.Changes;

/// <summary>
/// Decides in which order the events of several streams go on, each of which carries a part of them: in the order one stream would have had
/// them, each as soon as no stream can bring an earlier one (S10). Pure: the shell that reads the streams and the random model drive the same code.
/// </summary>
/// <typeparam name="TToken">A place in the history; all streams' places compare with each other.</typeparam>
/// <typeparam name="TEvent">What goes on.</typeparam>
internal sealed class StreamMerge<TToken, TEvent>
    where TToken : struct, IComparable<TToken>
{
    private readonly Part[] parts;

    /// <param name="streams">How many there are.</param>
    internal StreamMerge(int streams) => parts = [.. Enumerable.Range(0, streams).Select(_ => new Part())];

    /// <summary>
    /// The place before which nothing is missing: whatever comes is at it or behind it. <see langword="null"/> until every stream has said where it is.
    /// </summary>
    internal TToken? Complete
    {
        get
        {
            TToken? least = null;
            foreach (var part in parts)
            {
                var bound = part.Waiting.TryPeek(out var head) ? head.Place : part.Through;
                if (bound is not { } place)
                {
                    return null;
                }

                least = least is { } other && other.CompareTo(place) <= 0 ? other : place;
            }

            return least;
        }
    }

    /// <summary>Whether nothing of a stream waits: it may be read on.</summary>
    internal bool IsEmpty(int stream) => parts[stream].Waiting.Count == 0;

    /// <summary>Takes an event of a stream, which brings them in order.</summary>
    internal void Add(int stream, TToken place, TEvent change) => parts[stream].Waiting.Enqueue((place, change));

    /// <summary>A stream has brought all that it has up to a place.</summary>
    internal void Reach(int stream, TToken through)
    {
        var part = parts[stream];
        part.Through = part.Through is { } before && before.CompareTo(through) > 0 ? before : through;
    }

    /// <summary>Takes out the next event, if no stream can still bring an earlier one.</summary>
    internal bool TryTake(out int stream, out TEvent change)
    {
        (stream, change) = (-1, default!);
        TToken first = default;
        for (var one = 0; one < parts.Length; one++)
        {
            if (parts[one].Waiting.TryPeek(out var head) && (stream < 0 || head.Place.CompareTo(first) < 0))
            {
                (stream, first, change) = (one, head.Place, head.Change);
            }
        }

        if (stream < 0 || !HaveAllPassed(first))
        {
            return false;
        }

        _ = parts[stream].Waiting.Dequeue();
        return true;
    }

    private bool HaveAllPassed(TToken place)
    {
        foreach (var part in parts)
        {
            if (part.Waiting.Count == 0 && !(part.Through is { } through && through.CompareTo(place) >= 0))
            {
                return false;
            }
        }

        return true;
    }

    private sealed class Part
    {
        internal Queue<(TToken Place, TEvent Change)> Waiting { get; } = [];

        internal TToken? Through { get; set; }
    }
}
