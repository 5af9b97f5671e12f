using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.TimeSeries;

namespace Godwit.Sandbox.Sharding;

/// <summary>
/// Sharding of a time-series collection: its buckets are sharded, by the key's fields as buckets have them
/// (create_collection_coordinator.cpp, validateTimeseriesShardKey of shard_key_util.cpp).
/// </summary>
/// <param name="Buckets">The buckets' name.</param>
/// <param name="Key">The key of the buckets.</param>
/// <param name="Options">The <c>timeseries</c> options.</param>
internal sealed record SeriesSharding(Namespace Buckets, ShardKeyPattern Key, RawDocument Options)
{
    /// <summary>Makes the collection where it is missing; <see langword="null"/> where none with measurements is meant.</summary>
    internal static async ValueTask<SeriesSharding?> PrepareAsync(
        CommandContext context,
        Router router,
        Namespace ns,
        ShardKeyPattern key,
        CancellationToken cancellationToken
    )
    {
        var given = context.Arguments.Document("timeseries") is { } asked
            ? BucketOptions.Parse(asked, context.Member.Profile.Version)
            : null;
        if (TimeSeriesCollection.IsBuckets(ns))
        {
            throw new CommandException(5731591, "Sharding a buckets collection is not allowed");
        }

        if (given is null && router.PrimaryOf(ns.Database) is null)
        {
            return null;
        }

        var primary = await router.EnsureDatabaseAsync(ns.Database, cancellationToken).ConfigureAwait(false);
        var buckets = TimeSeriesCollection.BucketsOf(ns);
        var existing = await CollectionDefinition.FindAsync(primary, buckets, cancellationToken).ConfigureAwait(false);
        var stored = existing?.Options["timeseries"] is { Type: BsonType.Document } known
            ? BucketOptions.FromStored(known.AsDocument)
            : null;
        if (given is not null && stored is not null && given.Stored != stored.Stored)
        {
            throw new CommandException(
                5731500,
                $"the 'timeseries' spec provided must match that of exists '{ns}' collection"
            );
        }

        if ((given ?? stored) is not { } options)
        {
            return null;
        }

        var translated = Translate(key, options);
        if (stored is null)
        {
            var create = new DocumentBuilder
            {
                { "create", ns.Collection },
                { "timeseries", context.Body["timeseries"] },
                {
                    "writeConcern",
                    new DocumentBuilder { { "w", "majority" } }
                },
            };
            var (_, reply) = await router
                .SendAsync(context, primary, new(create.Build(), ns.Database), cancellationToken)
                .ConfigureAwait(false);
            CommandBody.Check(reply);
        }

        return new(buckets, translated, options.Stored);
    }

    private static ShardKeyPattern Translate(ShardKeyPattern key, BucketOptions options)
    {
        var fields = key.Source.ToList();
        var translated = new DocumentBuilder();
        foreach (var (index, field) in fields.Index())
        {
            if (field.Name == options.TimeField)
            {
                CheckTime(key, field, isLast: index == fields.Count - 1);
                translated.Add($"control.min.{field.Name}", field.Value);
            }
            else if (
                options.MetaField is { } meta
                && (field.Name == meta || field.Name.StartsWith(meta + ".", StringComparison.Ordinal))
            )
            {
                translated.Add("meta" + field.Name[meta.Length..], field.Value);
            }
            else
            {
                throw new CommandException(
                    5914001,
                    "only the time field or meta field can be part of shard key pattern"
                );
            }
        }

        return new(translated.Build());
    }

    private static void CheckTime(ShardKeyPattern key, RawElement field, bool isLast)
    {
        if (!isLast)
        {
            throw new CommandException(
                5914000,
                $"the time field '{field.Name}' can be only at the end of the shard key pattern"
            );
        }

        if (!field.Value.IsNumber)
        {
            throw new CommandException(
                880031,
                $"Invalid shard key for time-series collection: {key.Source}. Shard keys on the time field must be ascending or descending (numbers only)."
            );
        }
    }
}
