using System.Globalization;
using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Mongo.Reading;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Mongo.Sharding;

/// <summary>Samples the shard keys that the documents of a collection would have, which is not sharded yet.</summary>
internal static class KeySampler
{
    /// <summary>So many that the parts of some dozen shards differ by a few hundredths of the whole.</summary>
    private const int Samples = 1_000;

    /// <summary>Sampled keys, ascending, as often as they came; none where the first field is hashed, which the server spreads itself.</summary>
    internal static async Task<IReadOnlyList<RawDocument>> SampleAsync(
        CommandChannel channel,
        CollectionAddress collection,
        ShardKey key,
        CancellationToken cancellationToken
    )
    {
        // What stands behind a hashed field is not cut: a bound begins with the least hash.
        var fields = key
            .Pattern.TakeWhile<RawElement>(field => field.Value.Type != BsonType.String)
            .Select(field => field.Name)
            .ToList();
        if (fields.Count == 0)
        {
            return [];
        }

        var found = await CursorReader
            .ListAsync(
                channel,
                Stage.Catalogue,
                collection.Name.Database,
                Command(collection, fields),
                cancellationToken
            )
            .ConfigureAwait(false);
        return [.. found.Select(sample => KeyOf(sample, key, fields.Count))];
    }

    private static DocumentBuilder Command(CollectionAddress collection, List<string> fields)
    {
        var (values, order) = (new DocumentBuilder { { "_id", 0 } }, new DocumentBuilder());
        for (var i = 0; i < fields.Count; i++)
        {
            // What is missing has the key of null.
            var value = RawValue.Array(["$" + fields[i], RawValue.Null]);
            _ = values.Add(Alias(i), new DocumentBuilder { { "$ifNull", value } });
            _ = order.Add(Alias(i), 1);
        }

        var command = new DocumentBuilder
        {
            { "aggregate", collection.Name.Collection },
            {
                "pipeline",
                RawValue.Array([
                    new DocumentBuilder
                    {
                        {
                            "$sample",
                            new DocumentBuilder { { "size", Samples } }
                        },
                    },
                    new DocumentBuilder { { "$project", values } },
                    new DocumentBuilder { { "$sort", order } },
                ])
            },
            {
                "cursor",
                new DocumentBuilder { { "batchSize", Samples } }
            },
            {
                // As keys compare, whatever the collection's own collation is.
                "collation",
                new DocumentBuilder { { "locale", "simple" } }
            },
        };
        return collection.Uuid == Guid.Empty ? command : command.Add("collectionUUID", RawValue.Uuid(collection.Uuid));
    }

    private static RawDocument KeyOf(RawDocument sample, ShardKey key, int sampled)
    {
        var bound = new DocumentBuilder();
        var i = 0;
        foreach (var field in key.Pattern)
        {
            _ = bound.Add(field.Name, i < sampled ? sample[Alias(i)] : RawValue.MinKey);
            i++;
        }

        return bound.Build();
    }

    /// <summary>A name without dots, which would make documents of them.</summary>
    private static string Alias(int field) => "f" + field.ToString(CultureInfo.InvariantCulture);
}
