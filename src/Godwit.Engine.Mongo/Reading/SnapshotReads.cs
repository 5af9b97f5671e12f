using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Pacing;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Mongo.Reading;

/// <summary>Reads ranges and single documents at a cluster time (S5, S12, S21).</summary>
internal static class SnapshotReads
{
    private static readonly RawDocument ById = new DocumentBuilder { { "_id", 1 } }.Build();
    private static readonly RawDocument Natural = new DocumentBuilder { { "$natural", 1 } }.Build();

    internal static IAsyncEnumerable<DocumentBatch> ReadRangeAsync(
        CommandChannel channel,
        RangeRead read,
        CancellationToken cancellationToken
    )
    {
        if (read.Stages.Count > 0)
        {
            return StagedReads.ReadRangeAsync(channel, read, cancellationToken);
        }

        var find = Find(read.Collection, RawDocument.Empty, CursorReader.CountOf(read.DocumentBytes))
            .Add("hint", read.Order == ReadOrder.ById ? ById : Natural);
        if (channel.IsRouted && read.Order == ReadOrder.ById)
        {
            // Each shard reads in the order of its index, and the router would give what comes first.
            find.Add("sort", ById);
        }

        if (read.KeysOnly)
        {
            find.Add("projection", ById);
        }

        // Bounds as index keys: comparison operators would see only values of the bound's own type (S2).
        AddBound(find, "min", read.Lower);
        AddBound(find, "max", read.Upper);
        return CursorReader.ReadAsync(
            channel,
            Stage.Read,
            read.Collection.Name.Database,
            find.Add("readConcern", read.Order == ReadOrder.Passing ? MajorityAfter(read.At) : Snapshot(read.At)),
            cancellationToken
        );
    }

    internal static async Task<DocumentBatch> ReadDocumentsAsync(
        CommandChannel channel,
        KeyRead read,
        CancellationToken cancellationToken
    )
    {
        var filter = new DocumentBuilder
        {
            {
                "_id",
                new DocumentBuilder { { "$in", RawValue.Array(read.Ids) } }
            },
        }.Build();
        var command = (
            read.Stages.Count > 0
                ? StagedReads.Aggregate(read.Collection, filter, read.Stages, CursorReader.BatchCountMax)
                : Find(read.Collection, filter, CursorReader.BatchCountMax)
        ).Add("readConcern", read.IsPassing ? MajorityAfter(read.At) : Snapshot(read.At));
        var batches = new List<DocumentBatch>();
        try
        {
            var cursor = CursorReader.ReadAsync(
                channel,
                Stage.Read,
                read.Collection.Name.Database,
                command,
                cancellationToken
            );
            await foreach (var batch in cursor.ConfigureAwait(false))
            {
                batches.Add(batch);
            }

            return Join(batches);
        }
        catch
        {
            batches.ForEach(batch => batch.Dispose());
            throw;
        }
    }

    private static DocumentBuilder Find(CollectionAddress collection, RawDocument filter, int batchCount)
    {
        var find = new DocumentBuilder
        {
            { "find", collection.Name.Collection },
            { "filter", filter },
            { "batchSize", batchCount },
        };
        return collection.Uuid == Guid.Empty ? find : find.Add("collectionUUID", RawValue.Uuid(collection.Uuid));
    }

    private static void AddBound(DocumentBuilder find, string name, RawValue bound)
    {
        if (!bound.IsMissing)
        {
            find.Add(name, new DocumentBuilder { { "_id", bound } });
        }
    }

    internal static DocumentBuilder Snapshot(ClusterTime at) =>
        new() { { "level", "snapshot" }, { "atClusterTime", at } };

    /// <summary>What a majority has at some moment at or after a time: nothing that is read can be rolled back (S8).</summary>
    private static DocumentBuilder MajorityAfter(ClusterTime time) =>
        new() { { "level", "majority" }, { "afterClusterTime", time } };

    private static DocumentBatch Join(List<DocumentBatch> batches)
    {
        if (batches.Count <= 1)
        {
            return batches.Count == 0 ? DocumentBatch.Empty : batches[0];
        }

        var block = new RentedBytes(batches.Sum(batch => batch.Bytes.Length));
        var rest = block.Bytes;
        foreach (var batch in batches)
        {
            batch.Bytes.CopyTo(rest);
            rest = rest[batch.Bytes.Length..];
            batch.Dispose();
        }

        return new(block.Bytes, batches.Sum(batch => batch.Count), block);
    }
}
