using Godwit.Bson;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Planning;

/// <summary>How the zones of a source become those of a destination, whose shards may be others. Pure.</summary>
/// <param name="Shards">Destination shards and the zone each is to be in.</param>
/// <param name="Ranges">Ranges to make.</param>
/// <param name="Remarks">What a person should know about it.</param>
internal sealed record ZonePlan(
    IReadOnlyList<(string Shard, string Zone)> Shards,
    IReadOnlyList<ZoneRange> Ranges,
    IReadOnlyList<string> Remarks
)
{
    /// <summary>Shards of the same names take over each other's zones; where names differ, the first those of the first, and round again.</summary>
    internal static ZonePlan Of(ZoneMap source, ZoneMap destination)
    {
        var remarks = new List<string>();
        var shards = new List<(string, string)>();
        var (there, here) = (source.Shards, destination.Shards);
        var areSame = there.Select(one => one.Name).SequenceEqual(here.Select(one => one.Name), StringComparer.Ordinal);
        if (!areSame && there.Any(one => one.Zones.Count > 0))
        {
            remarks.Add(
                $"The shards of both sides differ ({Names(there)} and {Names(here)}): their zones were given to the destination's in the order of their names. Check them: sh.status()"
            );
        }

        for (var number = 0; number < Math.Max(there.Count, here.Count) && there.Count * here.Count > 0; number++)
        {
            var (from, to) = (there[number % there.Count], here[number % here.Count]);
            shards.AddRange(from.Zones.Except(to.Zones).Select(zone => (to.Name, zone)));
        }

        var ranges = new List<ZoneRange>();
        foreach (var range in source.Ranges.Except(destination.Ranges))
        {
            if (destination.Keys.TryGetValue(range.Collection, out var key) && HasFieldsOf(range.Minimum, key))
            {
                ranges.Add(range);
            }
            else
            {
                remarks.Add(
                    $"The range {range.Minimum} to {range.Maximum} of {range.Collection} in zone {range.Zone} was not carried over: the collection is not sharded by these fields on the destination."
                );
            }
        }

        return new([.. shards.Distinct()], ranges, remarks);
    }

    private static bool HasFieldsOf(RawDocument bound, ShardKey key) =>
        bound
            .Select<RawElement, string>(field => field.Name)
            .SequenceEqual(key.Pattern.Select<RawElement, string>(field => field.Name), StringComparer.Ordinal);

    private static string Names(IEnumerable<ZonedShard> shards) => string.Join(", ", shards.Select(one => one.Name));
}
