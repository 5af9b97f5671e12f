using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sharding;

/// <summary>What zones must be like for <c>presplitHashedZones</c> (PresplitHashedZonesSplitPolicy::_validate).</summary>
internal static class PresplitRules
{
    private const string NotSupported =
        "One or more zones are not defined in a manner that supports hashed pre-splitting. ";

    /// <summary>Refuses what cannot be presplit.</summary>
    internal static void Check(ShardKeyPattern key, IReadOnlyList<Zone> zones, bool isEmpty)
    {
        if (!isEmpty || zones.Count == 0 || !key.IsHashed)
        {
            throw new CommandException(
                31387,
                "'presplitHashedZones' is only supported when the collection is empty, zones are set up and shard key pattern has a hashed field"
            );
        }

        if (key.Source.First().Value.Type == BsonType.String)
        {
            if (zones is not [var only] || !only.Minimum.Equals(key.Minimum) || !only.Maximum.Equals(key.Maximum))
            {
                throw new CommandException(
                    31412,
                    "For hashed prefix shard keys, 'presplitHashedZones' is only supported when there is a single zone defined which covers entire shard key range"
                );
            }

            return;
        }

        foreach (var zone in zones)
        {
            Check(key, zone);
        }
    }

    private static void Check(ShardKeyPattern key, Zone zone)
    {
        var hashed = key.Source.First(element => element.Value.Type == BsonType.String).Name;
        var before = zone.Minimum.TakeWhile(element => element.Name != hashed).ToList();
        if (before.Exists(element => element.Value.Type is BsonType.MinKey or BsonType.MaxKey))
        {
            throw new CommandException(
                31388,
                NotSupported
                    + $"Cannot have MinKey or MaxKey in the lower bound for fields preceding the hashed field but found one, for zone {zone.Name}"
            );
        }

        if (before.TrueForAll(element => element.Value == zone.Maximum[element.Name]))
        {
            throw new CommandException(
                31390,
                NotSupported
                    + $"The value preceding hashed field of the upper bound should be greater than that of lower bound, for zone {zone.Name}"
            );
        }

        if (zone.Minimum[hashed].Type != BsonType.MinKey)
        {
            throw new CommandException(
                31389,
                NotSupported + $"The hashed field value for lower bound must be MinKey, for zone {zone.Name}"
            );
        }

        if (zone.Minimum.Skip(before.Count).Any(element => element.Value.Type != BsonType.MinKey))
        {
            throw new CommandException(
                31391,
                NotSupported + $"The fields after the hashed field must have MinKey value, for zone {zone.Name}"
            );
        }
    }
}
