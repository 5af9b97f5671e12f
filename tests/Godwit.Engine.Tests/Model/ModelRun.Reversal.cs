using Godwit.Engine.Planning;
using Godwit.Engine.Reversal;

namespace Godwit.Engine.Tests.Model;

/// <summary>A reverse: what both sides have in common is recorded on the old source, and the migration goes on the other way round (S29).</summary>
internal sealed partial class ModelRun
{
    private const int StraysMax = 3;

    /// <summary>Both sides are identical, and neither was written to since.</summary>
    private void TurnRound()
    {
        var used = new ModelSource(random, kind, destination.State, 2);
        var proven = used.Now;
        var ranges = life.Tables.SelectMany(RangesOf).ToList();
        var common = Common.Of(
            source.Now,
            proven,
            destination.Mappings,
            ranges,
            source.State.List(),
            used.State.List()
        );
        var (old, changed) = WriteToOldSource();
        if (omission != Omission.TrustOldSource)
        {
            common = common.Without(changed);
        }

        for (var i = random.Next(12); i > 0; i--)
        {
            used.Step();
        }

        var trusted = common.TurnedRanges.Select(range => (range.Collection, range.Number)).ToHashSet();
        var floor = omission == Omission.TurnFromNow ? used.Now : common.OnDestination;
        saved = new(
            new(floor, floor),
            ranges
                .GroupBy(range => range.Destination)
                .ToDictionary(
                    group => group.Key,
                    group =>
                        (IReadOnlyList<SavedRange>)
                            [
                                .. group.Select(range => new SavedRange(
                                    range.Number,
                                    range.Lower.IsMissing ? 0 : range.Lower.AsInt32,
                                    range.Upper.IsMissing ? ModelSource.Keys : range.Upper.AsInt32,
                                    trusted.Contains((group.Key, range.Number)) ? common.OnDestination : null
                                )),
                            ]
                )
        );
        destination = new(old);
        destination.SaveMappings(common.TurnedMappings);
        (source, start, crashes, adopted) = (used, used.Steps, 0, []);
    }

    private IEnumerable<Recovery.SavedRange> RangesOf(KeyValuePair<Guid, RangeTable> entry)
    {
        var there = destination.Mappings.Single(row => row.SourceUuid == entry.Key).DestinationUuid;
        return entry.Value.Ranges.Select(range => new Recovery.SavedRange(
            entry.Key,
            there,
            range.Number,
            range.AsOf,
            range.Lower.Id,
            range.Upper.Id,
            default
        ));
    }

    /// <summary>What others, or its own expiry, do to the old source after the cutover; its history tells in which ranges.</summary>
    private (ModelState After, HashSet<(Guid, int)> Ranges) WriteToOldSource()
    {
        var state = source.State;
        var ranges = new HashSet<(Guid, int)>();
        for (var i = random.Next(StraysMax); i > 0 && !state.Names.IsEmpty; i--)
        {
            var collection = state.Names.ElementAt(random.Next(state.Names.Count)).Value;
            var key = random.Next(ModelSource.Keys);
            state = ModelDestination.Put(state, collection, key, random.Next(2) == 0 ? null : "d4");
            if (life.Tables.TryGetValue(collection, out var table))
            {
                _ = ranges.Add((collection, table.Find([(byte)key]).Number));
            }
        }

        return (state, ranges);
    }
}
