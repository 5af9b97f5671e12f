using Godwit.Bson;
using Godwit.Engine.Applying;
using Godwit.Engine.Faults;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Verifying;

/// <summary>
/// Sums over the source's documents, range by range as they were compared. Keys that changed later were compared one by one, which
/// leaves the sum of their range behind; such sums are taken anew when the cutover is decided and nobody waits any more (S21).
/// </summary>
internal sealed class CollectionSums(
    SyncState state,
    ISourceCluster source,
    RetryPolicy retry,
    MigrationSettings settings
)
{
    private readonly Dictionary<CopyRange, Entry> ranges = [];

    /// <summary>A range was compared as a whole.</summary>
    internal void Set(FollowedCollection collection, CopyRange range, DocumentSums sums)
    {
        lock (ranges)
        {
            ranges[range] = new(collection.Uuid, sums, IsCurrent: true);
        }
    }

    /// <summary>A range was compared by an earlier life.</summary>
    internal void Restore(FollowedCollection collection, CopyRange range, RangeProof proof)
    {
        lock (ranges)
        {
            ranges[range] = new(collection.Uuid, proof.Sums, proof.IsCurrent);
        }
    }

    /// <summary>What a range held when it was compared as a whole; <see langword="null"/> if it was not.</summary>
    internal RangeProof? Find(CopyRange range)
    {
        lock (ranges)
        {
            return ranges.TryGetValue(range, out var entry) ? new(entry.Sums, entry.IsCurrent) : null;
        }
    }

    /// <summary>Keys of a collection changed after their ranges were compared.</summary>
    internal void Outdate(FollowedCollection collection, IEnumerable<RawValue> ids)
    {
        lock (state.Gate)
        {
            lock (ranges)
            {
                foreach (var id in ids)
                {
                    var range = collection.Ranges?.Find(FollowedCollection.KeyOf(id));
                    if (range is not null && ranges.TryGetValue(range, out var entry))
                    {
                        ranges[range] = entry with { IsCurrent = false };
                    }
                }
            }
        }
    }

    /// <summary>
    /// Takes the sums that were left behind anew, as of the time that was proven. What the source no longer remembers as of then is left
    /// as it is: its collection has no hash in the report.
    /// </summary>
    internal async Task RenewAsync(ClusterTime at, CancellationToken cancellationToken)
    {
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = settings.Verifiers,
            CancellationToken = cancellationToken,
        };
        await Parallel.ForEachAsync(
            LeftBehind(),
            options,
            async (one, token) =>
            {
                try
                {
                    var read = one.Collection.ReadOf(one.Range, at);
                    var sums = await retry.RunAsync(
                        limit => DocumentSums.OfRangeAsync(source.ReadRangeAsync(read, limit), limit),
                        token
                    );
                    Set(one.Collection, one.Range, sums);
                }
                catch (ClusterException)
                {
                    // The destination is open: nothing depends on it any more but a line of the report.
                }
            }
        );
    }

    /// <summary>Count, bytes and sum of hashes of each collection; not current where a range was left behind.</summary>
    internal IReadOnlyDictionary<Guid, (CollectionTotals Totals, bool AreCurrent)> Totals()
    {
        lock (ranges)
        {
            return ranges
                .Values.GroupBy(entry => entry.Collection)
                .ToDictionary(
                    group => group.Key,
                    group =>
                        (
                            group.Aggregate(new CollectionTotals(), (totals, one) => totals.Plus(one.Sums)),
                            group.All(one => one.IsCurrent)
                        )
                );
        }
    }

    private List<(FollowedCollection Collection, CopyRange Range)> LeftBehind()
    {
        lock (state.Gate)
        {
            lock (ranges)
            {
                return
                [
                    .. state
                        .Collections.SelectMany(one => (one.Ranges?.Ranges ?? []).Select(range => (one, range)))
                        .Where(pair => ranges.TryGetValue(pair.range, out var entry) && !entry.IsCurrent),
                ];
            }
        }
    }

    private sealed record Entry(Guid Collection, DocumentSums Sums, bool IsCurrent);
}
