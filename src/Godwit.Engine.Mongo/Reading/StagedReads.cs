using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Mongo.Reading;

/// <summary>
/// Reads at a cluster time through a pipeline. An aggregation takes no index bounds, so a range is told by <c>$expr</c>, whose comparison
/// goes across types as an index does (S2).
/// </summary>
internal static class StagedReads
{
    private static readonly RawDocument ById = new DocumentBuilder { { "_id", 1 } }.Build();
    private static readonly RawDocument SortById = new DocumentBuilder { { "$sort", ById } }.Build();

    internal static IAsyncEnumerable<DocumentBatch> ReadRangeAsync(
        CommandChannel channel,
        RangeRead read,
        CancellationToken cancellationToken
    ) =>
        read.Order != ReadOrder.ById || read.KeysOnly
            ? throw new NotSupportedException("only whole documents in the order of their keys are read through stages")
            : CursorReader.ReadAsync(
                channel,
                Stage.Read,
                read.Collection.Name.Database,
                Aggregate(
                        read.Collection,
                        Within(read.Lower, read.Upper),
                        [SortById, .. read.Stages],
                        CursorReader.CountOf(read.DocumentBytes)
                    )
                    .Add("hint", ById)
                    .Add("readConcern", SnapshotReads.Snapshot(read.At)),
                cancellationToken
            );

    internal static DocumentBuilder Aggregate(
        CollectionAddress collection,
        RawDocument filter,
        IReadOnlyList<RawDocument> stages,
        int batchCount
    )
    {
        var match = new DocumentBuilder { { "$match", filter } }.Build();
        var aggregate = new DocumentBuilder
        {
            { "aggregate", collection.Name.Collection },
            { "pipeline", RawValue.Array([match, .. stages]) },
            {
                "cursor",
                new DocumentBuilder { { "batchSize", batchCount } }
            },
        };
        return collection.Uuid == Guid.Empty
            ? aggregate
            : aggregate.Add("collectionUUID", RawValue.Uuid(collection.Uuid));
    }

    private static RawDocument Within(RawValue lower, RawValue upper)
    {
        RawValue[] bounds = [.. Bound("$gte", lower), .. Bound("$lt", upper)];
        return bounds.Length == 0
            ? RawDocument.Empty
            : new DocumentBuilder
            {
                {
                    "$expr",
                    new DocumentBuilder { { "$and", RawValue.Array(bounds) } }
                },
            }.Build();
    }

    private static IEnumerable<RawValue> Bound(string comparison, RawValue bound) =>
        bound.IsMissing
            ? []
            :
            [
                new DocumentBuilder
                {
                    { comparison, RawValue.Array(["$_id", new DocumentBuilder { { "$literal", bound } }]) },
                },
            ];
}
