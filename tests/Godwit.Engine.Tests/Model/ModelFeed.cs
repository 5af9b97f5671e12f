using Godwit.Bson;
using Godwit.Engine.Changes;

namespace Godwit.Engine.Tests.Model;

/// <summary>A place in the model's history: an event's, or, with index 0, that of a time.</summary>
internal readonly record struct ModelPlace(ClusterTime Time, int Index) : IComparable<ModelPlace>
{
    public int CompareTo(ModelPlace other) =>
        Time == other.Time ? Index.CompareTo(other.Index) : Time.CompareTo(other.Time);
}

/// <summary>
/// Several streams that share the events among them, each read on by chance, and merged by the engine's own decision (S10). A stream's place is the index
/// of the first event that it has not brought.
/// </summary>
internal sealed class ModelFeed
{
    private readonly ModelSource source;
    private readonly int[] read;
    private readonly StreamMerge<ModelPlace, int> merge;
    private readonly int[] taken;
    private readonly List<(ClusterTime Time, int[] Places)> history = [];

    internal ModelFeed(ModelSource source, IReadOnlyList<int> places, bool waits)
    {
        this.source = source;
        (read, taken) = ([.. places], [.. places]);
        merge = new(read.Length);
        for (var stream = 0; !waits && stream < read.Length; stream++)
        {
            merge.Reach(stream, new(ClusterTime.MaxValue, 0));
        }
    }

    /// <summary>How far the streams are read, whether or not that was handed on.</summary>
    internal IReadOnlyList<int> Read => [.. read];

    /// <summary>The next event that any stream will hand on; the number of events if there is none.</summary>
    internal int Next
    {
        get
        {
            var next = source.Events.Count;
            for (var stream = 0; stream < taken.Length; stream++)
            {
                var own = source.Events.FindIndex(taken[stream], one => StreamOf(one) == stream);
                next = own < 0 ? next : Math.Min(next, own);
            }

            return next;
        }
    }

    /// <summary>The time before which nothing is missing.</summary>
    internal ClusterTime? Complete => merge.Complete?.Time;

    /// <summary>One stream brings some events, or only says how far it has come.</summary>
    internal void ReadOn(Random random)
    {
        var stream = random.Next(read.Length);
        var place = new ModelPlace(source.Now.Next(), 0);
        for (var count = random.Next(1, 5); count > 0 && read[stream] < source.Events.Count; count--)
        {
            var index = read[stream]++;
            var change = source.Events[index];
            var isOwn = StreamOf(change) == stream;
            if (isOwn)
            {
                merge.Add(stream, new(change.Time, index + 1), index);
            }

            place = read[stream] == source.Events.Count ? place : new(change.Time, isOwn ? index + 1 : 0);
        }

        merge.Reach(stream, place);
        Note();
    }

    /// <summary>Takes the next event, if it is known to be that.</summary>
    internal bool TryTake(out ModelEvent change)
    {
        change = null!;
        if (!merge.TryTake(out var stream, out var index))
        {
            return false;
        }

        change = source.Events[index];
        taken[stream] = index + 1;
        return true;
    }

    /// <summary>Where the streams go on so that nothing after a time is missing; <see langword="null"/> if that is not known.</summary>
    internal IReadOnlyList<int>? At(ClusterTime floor)
    {
        var index = history.FindLastIndex(one => one.Time <= floor);
        return index < 0 ? null : history[index].Places;
    }

    /// <summary>What was handed on so far has been routed: a position to go on from.</summary>
    internal void Note()
    {
        if (merge.Complete is { } complete)
        {
            for (var stream = 0; stream < read.Length; stream++)
            {
                taken[stream] = merge.IsEmpty(stream) ? read[stream] : taken[stream];
            }

            history.Add((complete.Time, [.. taken]));
        }
    }

    private int StreamOf(ModelEvent change) => change.Kind == 'D' ? 0 : change.Key % read.Length;
}
