using Godwit.Bson;

namespace Godwit.Sandbox.Sharding;

/// <summary>A range whose documents a shard has to remove: a document of its <c>config.rangeDeletions</c> (range_deletion_task.idl).</summary>
internal sealed record RangeDeletion
{
    /// <summary>The migration's id.</summary>
    internal required RawValue Id { get; init; }

    /// <summary>The shard that holds the documents.</summary>
    internal required string Shard { get; init; }

    /// <summary>The shard that the range was moved away from.</summary>
    internal required string Donor { get; init; }

    /// <summary>The collection's name when the range moved.</summary>
    internal required Namespace Namespace { get; init; }

    /// <summary>The collection.</summary>
    internal required Guid Collection { get; init; }

    /// <summary>The shard key when the range moved.</summary>
    internal required ShardKeyPattern Key { get; init; }

    /// <summary>The range.</summary>
    internal required Chunk Range { get; init; }

    /// <summary>Whether the migration has not been decided yet.</summary>
    internal bool IsPending { get; init; } = true;

    /// <summary>Whether queries that began before the move are given time to end.</summary>
    internal bool IsDelayed { get; init; }

    /// <summary>How many documents there are about.</summary>
    internal long Orphans { get; init; }

    /// <summary>Whether another range overlaps it.</summary>
    internal bool Overlaps(Chunk other) => Range.Overlaps(other);

    /// <summary>The document of <c>config.rangeDeletions</c>.</summary>
    internal RawDocument ToDocument(ClusterTime time) =>
        new DocumentBuilder
        {
            { "_id", Id },
            { "nss", Namespace.ToString() },
            { "collectionUuid", RawValue.Uuid(Collection) },
            { "donorShardId", Donor },
            {
                "range",
                new DocumentBuilder { { "min", Range.Minimum }, { "max", Range.Maximum } }
            },
            { "pending", IsPending ? true : RawValue.Missing },
            { "whenToClean", IsDelayed ? "delayed" : "now" },
            { "timestamp", time },
            { "numOrphanDocs", Orphans },
            { "keyPattern", Key.Source },
        }.Build();

    /// <summary>Reads a document of a shard's <c>config.rangeDeletions</c>.</summary>
    internal static RangeDeletion FromDocument(RawDocument document, string shard, TimeProvider time)
    {
        var key = new ShardKeyPattern(document["keyPattern"].AsDocument);
        var range = document["range"].AsDocument;
        return new()
        {
            Id = document["_id"],
            Shard = shard,
            Donor = document["donorShardId"].AsString,
            Namespace = Namespace.Parse(document["nss"].AsString),
            Collection = document["collectionUuid"].AsUuid,
            Key = key,
            Range = ChunkMath.Make(
                key,
                (range["min"].AsDocument, range["max"].AsDocument),
                shard,
                ClusterTime.Zero,
                [],
                time
            ),
            IsPending = document["pending"].IsTruthy(),
            IsDelayed = document["whenToClean"] == "delayed",
            Orphans = document["numOrphanDocs"].ToInt64() ?? 0,
        };
    }
}
