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

        var next = life.Position < source.Events.Count ? source.Events[life.Position].Time : source.Now.Next();
        if (
            next <= life.LastRouted
            || (life.Position < source.Events.Count && source.Events[life.Position].Kind == 'D')
        )
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
    }
}
