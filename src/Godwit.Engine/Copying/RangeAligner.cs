using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Pacing;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;
using Godwit.Engine.Verifying;

namespace Godwit.Engine.Copying;

/// <summary>
/// Brings a range that may hold documents already, of an interrupted attempt (S7) or of a history that was lost (S20), to a snapshot:
/// compares both sides by sums, then by keys, and writes only what differs.
/// </summary>
internal sealed class RangeAligner(
    ISourceCluster source,
    IDestinationCluster destination,
    RangeWriter writer,
    ReadPacer pacer,
    RetryPolicy retry
)
{
    /// <summary>Beyond this the range is written anew instead of key by key.</summary>
    private const int DifferencesMax = 20_000;
    private const int InsertBytesMax = 16 * 1024 * 1024;

    /// <summary>
    /// What the range holds, if it is that of the snapshot now; <see langword="null"/> if so little of it was there that it has been
    /// emptied, to be copied.
    /// </summary>
    internal async Task<CollectionSize?> AlignAsync(
        FollowedCollection collection,
        CopyRange range,
        ClusterTime asOf,
        CancellationToken cancellationToken
    )
    {
        // The range is open, so nothing else writes to it: any time from now on shows what it holds.
        var now = await retry.RunAsync(destination.IdentifyAsync, cancellationToken);
        var there = collection.ReadOf(range, asOf);
        var here = collection.ReadOfCopy(range, now.OperationTime);
        var ours = await DocumentSums.OfRangeAsync(
            destination.ReadRangeAsync(here, cancellationToken),
            cancellationToken
        );
        if (ours.Documents == 0)
        {
            return null;
        }

        var theirs = await DocumentSums.OfRangeAsync(ReadSource(there, cancellationToken), cancellationToken);
        var size = new CollectionSize(theirs.Documents, theirs.Bytes);
        if (theirs.IsEqualTo(ours))
        {
            return size;
        }

        if (!collection.IsCapped && ours.Documents > theirs.Documents / 2)
        {
            var pairs = new PairComparison(collection.Uuid, DifferencesMax);
            await pairs.RunAsync(
                ReadSource(there, cancellationToken),
                destination.ReadRangeAsync(here, cancellationToken),
                cancellationToken
            );
            if (pairs.IsComplete)
            {
                await WriteAsync(collection, pairs.Differences, asOf, cancellationToken);
                return size;
            }
        }

        await writer.CleanAsync(collection, range, cancellationToken);
        return null;
    }

    private IAsyncEnumerable<DocumentBatch> ReadSource(RangeRead there, CancellationToken cancellationToken) =>
        pacer.PaceAsync(source.ReadRangeAsync(there, cancellationToken), cancellationToken);

    /// <summary>Deletes and inserts: no document is too large for that, and the bytes are those that were read (S15).</summary>
    private async Task WriteAsync(
        FollowedCollection collection,
        IReadOnlyList<KeyDifference> differences,
        ClusterTime asOf,
        CancellationToken cancellationToken
    )
    {
        var here = differences.Where(one => one.Destination is not null).Select(one => one.Id);
        await writer.DeleteAsync(collection, here, cancellationToken);
        foreach (var some in differences.Where(one => one.Source is not null).Chunk(collection.KeysPerRead))
        {
            var ids = some.Select(one => one.Id).ToList();
            using var documents = await source.ReadDocumentsAsync(
                new(collection.Source.Address, asOf, ids),
                cancellationToken
            );
            foreach (var part in documents.Parts(InsertBytesMax))
            {
                await writer.InsertAsync(collection, part, cancellationToken);
            }
        }
    }
}
