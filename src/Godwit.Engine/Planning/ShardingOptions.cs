using System.Text.Json;
using Godwit.Bson;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Planning;

/// <summary>One collection that is to be sharded on the destination.</summary>
/// <param name="Name">Its namespace, on both sides.</param>
/// <param name="Key">By what.</param>
internal sealed record ShardingEntry(Namespace Name, ShardKey Key);

/// <summary>
/// Which collections of a replica set are sharded on a sharded destination, as mongosync's <c>sharding</c> says it. Fixed once a migration
/// has begun: it is recorded on the destination.
/// </summary>
/// <param name="CreateSupportingIndexes">Whether an index that a key needs and the source lacks is made on the destination.</param>
/// <param name="Entries">The collections; all others arrive unsharded.</param>
internal sealed record ShardingOptions(bool CreateSupportingIndexes, IReadOnlyList<ShardingEntry> Entries)
{
    private const string WithIndexes = "createSupportingIndexes";
    private const string List = "shardingEntries";

    /// <summary>
    /// Reads <c>{createSupportingIndexes, shardingEntries: [{database, collection, shardCollection: {key, unique}}]}</c>; the key as a
    /// document or as a list of documents of one field each.
    /// </summary>
    /// <exception cref="ShardingFormatException">What is wrong with it, and where.</exception>
    internal static ShardingOptions Parse(string json)
    {
        try
        {
            return new ShardingReader(json).Read();
        }
        catch (JsonException malformed)
        {
            throw new ShardingFormatException(
                "this is not JSON",
                (malformed.LineNumber ?? 0) + 1,
                (malformed.BytePositionInLine ?? 0) + 1
            );
        }
    }

    /// <summary>
    /// The key that a collection of the source is to have; none as long as nothing supports it: it is sharded once it has the index.
    /// </summary>
    internal ShardKey? KeyFor(CollectionDescription one) =>
        SeriesNames.IsBuckets(one.Name) ? KeyForBuckets(one)
        : Entries.FirstOrDefault(entry => entry.Name == one.Name)?.Key is { } key
        && (
            key.IsUnique
                ? one.Indexes.Any(index => index["unique"].IsTruthy() && key.IsKeptUniqueBy(index))
                : CreateSupportingIndexes || one.Indexes.Any(key.IsSupportedBy)
        )
            ? key
        : null;

    /// <summary>The server makes the index that buckets need. What it does not shard so it refuses.</summary>
    private ShardKey? KeyForBuckets(CollectionDescription one) =>
        Entries.FirstOrDefault(entry => entry.Name == SeriesNames.Shown(one.Name))?.Key is { } key
            ? SeriesShardKeys.OfBuckets(key, one.Options["timeseries"].AsDocument) ?? key
            : null;

    /// <summary>As it is recorded.</summary>
    internal RawDocument ToDocument() =>
        new DocumentBuilder
        {
            { WithIndexes, CreateSupportingIndexes },
            {
                List,
                RawValue.Array(
                    Entries.Select(entry =>
                        RawValue.Document(
                            new DocumentBuilder
                            {
                                { "name", entry.Name.ToString() },
                                { "key", entry.Key.Pattern },
                                { "unique", entry.Key.IsUnique },
                            }.Build()
                        )
                    )
                )
            },
        }.Build();

    /// <summary>As it was recorded.</summary>
    internal static ShardingOptions Read(RawDocument recorded) =>
        new(
            recorded[WithIndexes].IsTruthy(),
            [
                .. recorded[List]
                    .AsDocument.Values()
                    .Select(value => value.AsDocument)
                    .Select(entry => new ShardingEntry(
                        Namespace.Parse(entry["name"].AsString),
                        new(entry["key"].AsDocument, entry["unique"].IsTruthy())
                    )),
            ]
        );
}

/// <summary>Sharding options that cannot be understood, with the place.</summary>
/// <param name="reason">What is wrong.</param>
/// <param name="line">The line, from 1.</param>
/// <param name="column">The byte in it, from 1.</param>
internal sealed class ShardingFormatException(string reason, long line, long column)
    : FormatException(FormattableString.Invariant($"line {line}, column {column}: {reason}"))
{
    /// <summary>What is wrong.</summary>
    internal string Reason { get; } = reason;

    /// <summary>The line, from 1.</summary>
    internal long Line { get; } = line;

    /// <summary>The byte in the line, from 1.</summary>
    internal long Column { get; } = column;
}
