using Godwit.Bson;
using Godwit.Engine.Applying;
using Godwit.Engine.Changes;
using Godwit.Engine.Planning;

namespace Godwit.Engine.Tests.Model;

/// <summary>What the model's reserved database holds: the rest of a life is lost in a crash.</summary>
internal sealed record ModelCheckpoint(
    FloorAndCeiling Times,
    IReadOnlyDictionary<Guid, IReadOnlyList<SavedRange>> Ranges
)
{
    /// <summary>Where each of several streams goes on; <see langword="null"/> for at the floor.</summary>
    internal IReadOnlyList<int>? Places { get; init; }
}

/// <summary>A range as saved.</summary>
internal sealed record SavedRange(int Number, int Lower, int Upper, ClusterTime? AsOf);

/// <summary>A range being written: what is left of its snapshot, and the events that wait.</summary>
internal sealed class ModelCopy(CopyRange range, Guid collection, List<(int Key, string? Document)> todo)
{
    internal CopyRange Range { get; } = range;

    internal Guid Collection { get; } = collection;

    internal List<(int Key, string? Document)> Todo { get; } = todo;

    internal int Written { get; set; }

    internal long? Sent { get; set; }

    /// <summary>Where a read in passing stands in the source's order; <see langword="null"/> for a read at a time.</summary>
    internal int? Place { get; set; }

    internal List<ModelEvent> Waiting { get; } = [];
}

/// <summary>An item in a lane: an event, or a document read again.</summary>
internal sealed class ModelItem(LaneTicket ticket, Guid collection, int key, ModelEvent? change, string? document)
{
    internal LaneTicket Ticket { get; } = ticket;

    internal Guid Collection { get; } = collection;

    internal int Key { get; } = key;

    internal ModelEvent? Change { get; } = change;

    internal string? Document { get; } = document;

    internal long? Sent { get; set; }

    internal string? ApplyTo(string? before) => Change is null ? Document : Change.ApplyTo(before);
}

/// <summary>The volatile half of the engine between two crashes: the real decision types and the queues around them.</summary>
internal sealed class ModelLife
{
    internal const int Lanes = 2;

    internal ModelLife(ModelCheckpoint saved, bool ceilingHolds)
    {
        Router = new(saved.Times.Floor, ceilingHolds ? saved.Times.Ceiling : ClusterTime.MaxValue, Address);
        LastRouted = saved.Times.Floor;
        Queues = [.. Enumerable.Range(0, Lanes).Select(_ => new List<ModelItem>())];
    }

    internal Router<ModelEvent> Router { get; }

    internal Dictionary<Guid, RangeTable> Tables { get; } = [];

    /// <summary>When each collection was listed first in this life.</summary>
    internal Dictionary<Guid, ClusterTime> SeenAt { get; } = [];

    internal List<ModelItem>[] Queues { get; }

    internal List<ModelCopy> Copies { get; } = [];

    /// <summary>What was read again, and the end of that.</summary>
    internal List<(DirtyKey<ModelEvent> Entry, string? Document, ClusterTime Through)> Rereads { get; } = [];

    /// <summary>Whether the natural order is content: one range and one lane then.</summary>
    internal bool IsOrdered { get; init; }

    /// <summary>Whether a collection is copied as one range in natural order, and cut afterwards.</summary>
    internal bool IsNatural { get; init; }

    /// <summary>Collections whose order cannot be kept as it stands: copied anew.</summary>
    internal HashSet<Guid> Anew { get; } = [];

    /// <summary>Whether a read found its collection gone: the source is to be listed again.</summary>
    internal bool HasMoved { get; set; }

    /// <summary>Whether what was to be read again last could not be.</summary>
    internal bool IsRereadingInVain { get; set; }

    internal int Position { get; set; }

    /// <summary>Several streams in place of one; <see langword="null"/> for one.</summary>
    internal ModelFeed? Feed { get; init; }

    internal ClusterTime LastRouted { get; set; }

    internal ClusterTime ListedAt { get; set; }

    internal bool LanesAreEmpty => Queues.All(queue => queue.Count == 0);

    internal static IReadOnlyList<RangeBound> Bounds => [Bound(3), Bound(6)];

    internal static RangeBound Bound(int key) => key is 0 or ModelSource.Keys ? default : new(key, new[] { (byte)key });

    internal static int Lower(CopyRange range) => range.Lower.IsUnbounded ? 0 : range.Lower.Id.AsInt32;

    internal static int Upper(CopyRange range) => range.Upper.IsUnbounded ? ModelSource.Keys : range.Upper.Id.AsInt32;

    /// <summary>Takes up a collection as saved, or as all pending.</summary>
    internal void Follow(Guid collection, ModelCheckpoint saved, bool recover)
    {
        SeenAt[collection] = ListedAt;
        if (!saved.Ranges.TryGetValue(collection, out var ranges))
        {
            Tables[collection] = new(IsOrdered || IsNatural ? [] : Bounds);
            foreach (var range in Tables[collection].Ranges)
            {
                range.NeedsCleaning = true;
            }

            return;
        }

        Tables[collection] = new(ranges.Select(one => Restore(one, saved.Times, recover)));
    }

    internal void Enqueue(ModelItem item) => Queues[IsOrdered ? 0 : item.Ticket.Key.Lane(Lanes)].Add(item);

    internal ClusterTime EarliestInLanes() =>
        Queues
            .SelectMany(queue => queue)
            .Aggregate(ClusterTime.MaxValue, (time, item) => ClusterTime.Min(time, item.Ticket.Time));

    private static FollowedKey Address(ModelEvent change) => new(change.Collection, change.Key);

    internal ModelCheckpoint Checkpoint(FloorAndCeiling times) =>
        new(
            times,
            Tables.ToDictionary(
                entry => entry.Key,
                entry =>
                    (IReadOnlyList<SavedRange>)
                        [
                            .. entry.Value.Ranges.Select(range => new SavedRange(
                                range.Number,
                                Lower(range),
                                Upper(range),
                                range.State == RangeState.Copied ? range.AsOf : null
                            )),
                        ]
            )
        );

    private static CopyRange Restore(SavedRange saved, FloorAndCeiling times, bool recover)
    {
        var range = new CopyRange(saved.Number, Bound(saved.Lower), Bound(saved.Upper)) { NeedsCleaning = true };
        if (saved.AsOf is { } asOf)
        {
            var through = ClusterTime.Max(asOf, times.Floor);
            range.Restore(through, recover ? times.Ceiling : through);
        }

        return range;
    }
}
