using Godwit.Bson;
using Godwit.Engine.Planning;

namespace Godwit.Engine.Tests.Model;

/// <summary>Comparisons at aligned times.</summary>
internal sealed partial class ModelRun
{
    private void Verify()
    {
        if (!life.LanesAreEmpty || life.Copies.Exists(one => one.Range.State == RangeState.Draining))
        {
            return;
        }

        var position = life.Feed?.Next ?? life.Position;
        var hasNext = position < source.Events.Count;
        var reached = hasNext ? source.Events[position].Time : source.Now.Next();
        var next = life.Feed is { } feed ? feed.Complete ?? ClusterTime.Zero : reached;
        if (next <= life.LastRouted || (hasNext && source.Events[position].Kind == 'D'))
        {
            return;
        }

        var at = next.Previous();
        life.Router.Complete(at);
        var snapshot = source.Snapshot(at);
        foreach (var (collection, table) in life.Tables.Where(one => WasThere(snapshot, one.Key)))
        {
            foreach (
                var range in table.Ranges.Where(one => one.IsComparableAt(at) || omission == Omission.CompareAhead)
            )
            {
                Compare(collection, range, at, snapshot);
            }
        }
    }

    private void Compare(Guid collection, CopyRange range, ClusterTime at, ModelState snapshot)
    {
        if (life.Anew.Contains(collection))
        {
            return;
        }

        if (IsOrdered)
        {
            var there = destination.State.InOrder(DestinationOf(collection)).Select(one => one.Key).Where(IsNotAhead);
            var here = snapshot.InOrder(collection).Select(one => one.Key).Where(IsNotAhead);
            Alarms += here.SequenceEqual(there) ? 0 : 1;
        }

        for (var key = ModelLife.Lower(range); key < ModelLife.Upper(range); key++)
        {
            var isAhead = life.Router.IsAheadOf(KeyHash.Of(collection, [(byte)key]), at);
            if (isAhead && omission != Omission.CompareAhead)
            {
                continue;
            }

            Compared++;
            var expected = snapshot.Documents.GetValueOrDefault((collection, key));
            var actual = destination.State.Documents.GetValueOrDefault((DestinationOf(collection), key));
            Alarms += string.Equals(expected, actual, StringComparison.Ordinal) ? 0 : 1;
        }

        bool IsNotAhead(int key) => !life.Router.IsAheadOf(KeyHash.Of(collection, [(byte)key]), at);
    }
}
