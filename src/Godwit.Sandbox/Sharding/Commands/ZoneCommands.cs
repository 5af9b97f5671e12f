using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sharding.Commands;

/// <summary>The commands on zones: which shards are in them, which keys belong to them.</summary>
internal static class ZoneCommands
{
    /// <summary><c>addShardToZone</c>.</summary>
    internal static async ValueTask<DocumentBuilder> AddShard(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var shard = router.Cluster.Shard(context.Arguments.RequiredString("addShardToZone"));
        var zone = context.Arguments.RequiredString("zone");
        _ = await router
            .Cluster.ChangeAsync(
                change =>
                {
                    var document = change.Find(ConfigNames.Shards, shard.Name)!.Value;
                    SetZones(change, document, [.. ZonesOf(document).Where(other => other != zone), zone]);
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        return [];
    }

    /// <summary><c>removeShardFromZone</c>.</summary>
    internal static async ValueTask<DocumentBuilder> RemoveShard(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var shard = router.Cluster.Shard(context.Arguments.RequiredString("removeShardFromZone"));
        var zone = context.Arguments.RequiredString("zone");
        _ = await router
            .Cluster.ChangeAsync(
                change =>
                {
                    var document = change.Find(ConfigNames.Shards, shard.Name)!.Value;
                    var isLast = change
                        .Where(ConfigNames.Shards, other => other != document)
                        .All(other => !ZonesOf(other).Contains(zone, StringComparer.Ordinal));
                    if (isLast && change.Where(ConfigNames.Tags, tag => tag["tag"] == zone).Count > 0)
                    {
                        throw new CommandException(
                            ErrorCode.ZoneStillInUse,
                            "cannot remove a shard from zone if a chunk range is associated with it"
                        );
                    }

                    SetZones(change, document, [.. ZonesOf(document).Where(other => other != zone)]);
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        return [];
    }

    /// <summary><c>updateZoneKeyRange</c>; without a zone the range is in none any more.</summary>
    internal static async ValueTask<DocumentBuilder> UpdateRange(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var arguments = context.Arguments;
        var ns = arguments.RequiredString("updateZoneKeyRange");
        var (minimum, maximum) = (arguments.RequiredDocument("min"), arguments.RequiredDocument("max"));
        var zone = arguments.String("zone");
        var key = router.Table.Find(Namespace.Parse(ns))?.Key ?? new ShardKeyPattern(minimum);
        (minimum, maximum) = (key.Fill(minimum), key.Fill(maximum));
        _ = await router
            .Cluster.ChangeAsync(change => Update(change, router, ns, key, (minimum, maximum), zone), cancellationToken)
            .ConfigureAwait(false);
        return [];
    }

    /// <summary>The zones of a collection, in the order of their keys.</summary>
    internal static async ValueTask<List<Zone>> ReadAsync(
        ShardedCluster cluster,
        Namespace ns,
        ShardKeyPattern key,
        CancellationToken cancellationToken
    )
    {
        var tags = await ClusterFacts.ReadAsync(cluster, ConfigNames.Tags, cancellationToken).ConfigureAwait(false);
        return
        [
            .. tags.Where(tag => tag["ns"] == ns.ToString())
                .Select(tag => Of(cluster, key, tag))
                .OrderBy(zone => zone.Lower, Storage.ByteOrder.Comparer),
        ];
    }

    private static Zone Of(ShardedCluster cluster, ShardKeyPattern key, RawDocument tag)
    {
        var (minimum, maximum) = (key.Fill(tag["min"].AsDocument), key.Fill(tag["max"].AsDocument));
        return new(
            tag["tag"].AsString,
            minimum,
            maximum,
            key.Encode(minimum),
            key.Encode(maximum),
            [
                .. cluster
                    .Table.Shards.Where(shard => shard.Zones.Contains(tag["tag"].AsString, StringComparer.Ordinal))
                    .Select(shard => shard.Name),
            ]
        );
    }

    private static void Update(
        MetadataChange change,
        Router router,
        string ns,
        ShardKeyPattern key,
        (RawDocument Minimum, RawDocument Maximum) range,
        string? zone
    )
    {
        var (lower, upper) = (key.Encode(range.Minimum), key.Encode(range.Maximum));
        if (zone is null)
        {
            change.Remove(
                ConfigNames.Tags,
                tag => tag["ns"] == ns && tag["min"] == range.Minimum && tag["max"] == range.Maximum
            );
            return;
        }

        if (change.Where(ConfigNames.Shards, shard => ZonesOf(shard).Contains(zone, StringComparer.Ordinal)).Count == 0)
        {
            throw new CommandException(ErrorCode.ZoneNotFound, $"zone {zone} does not exist");
        }

        foreach (var tag in change.Where(ConfigNames.Tags, tag => tag["ns"] == ns))
        {
            var (low, high) = (key.Encode(tag["min"].AsDocument), key.Encode(tag["max"].AsDocument));
            if (low.AsSpan().SequenceEqual(lower) && high.AsSpan().SequenceEqual(upper))
            {
                change.Put(ConfigNames.Tags, CommandBody.With(tag, ("tag", zone)));
                return;
            }

            if (low.AsSpan().SequenceCompareTo(upper) < 0 && high.AsSpan().SequenceCompareTo(lower) > 0)
            {
                throw new CommandException(
                    ErrorCode.RangeOverlapConflict,
                    $"Zone range: {range.Minimum} -->> {range.Maximum}  on  {zone} is overlapping with existing: {tag["min"]} -->> {tag["max"]}  on  {tag["tag"].AsString}"
                );
            }
        }

        change.Put(
            ConfigNames.Tags,
            new DocumentBuilder
            {
                { "_id", ObjectIds.New(router.Cluster.Time) },
                { "ns", ns },
                { "min", range.Minimum },
                { "max", range.Maximum },
                { "tag", zone },
            }.Build()
        );
    }

    private static void SetZones(MetadataChange change, RawDocument shard, IReadOnlyList<string> zones) =>
        change.Put(
            ConfigNames.Shards,
            CommandBody.With(
                shard,
                ("tags", zones.Count == 0 ? RawValue.Missing : RawValue.Array(zones.Select(RawValue.String)))
            )
        );

    private static IEnumerable<string> ZonesOf(RawDocument shard) =>
        shard["tags"] is { Type: BsonType.Array } tags ? tags.AsDocument.Values().Select(tag => tag.AsString) : [];
}
