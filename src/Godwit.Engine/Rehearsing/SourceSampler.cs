using Godwit.Bson;
using Godwit.Engine.Changes;
using Godwit.Engine.Faults;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Rehearsing;

/// <summary>
/// Looks at a source for some seconds, as a migration would: reads some ranges of its largest collections at a snapshot, and follows its changes. Writes nothing but a
/// few notes into its oplog.
/// </summary>
internal sealed class SourceSampler(ISourceCluster source, TimeSpan duration, TimeProvider time)
{
    private const int Readers = 4;
    private const int CollectionsMax = 8;
    private const int Notes = 3;
    private const long RangeBytes = 16 * 1024 * 1024;
    private static readonly TimeSpan AwaitTime = TimeSpan.FromMilliseconds(100);

    /// <exception cref="ClusterException">The source cannot be read.</exception>
    internal async Task<SourceSample> RunAsync(CancellationToken cancellationToken)
    {
        _ = await source.ProbeAsync(cancellationToken);
        var listed = (await source.ListCatalogueAsync(null, cancellationToken))
            .Collections.Where(one => one.Kind == CollectionKind.Collection && !one.Options["capped"].IsTruthy())
            .ToList();
        var reading = ReadAsync(listed, cancellationToken);
        var (events, bytes, delay, watched) = await FollowAsync(cancellationToken);
        var (read, taken) = await reading;
        return new(
            read,
            taken > TimeSpan.Zero ? read / taken.TotalSeconds : 0,
            events / watched.TotalSeconds,
            bytes / watched.TotalSeconds,
            delay,
            listed.Sum(one => one.Indexes.Count(index => index["unique"].IsTruthy()))
        );
    }

    private async Task<(long Bytes, TimeSpan Taken)> ReadAsync(
        IReadOnlyList<CollectionDescription> listed,
        CancellationToken cancellationToken
    )
    {
        var ranges = new Queue<RangeRead>(await PlanAsync(listed, cancellationToken));
        var start = time.GetTimestamp();
        var total = 0L;
        await Task.WhenAll(Enumerable.Range(0, Readers).Select(_ => ReadSomeAsync()));
        return (total, time.GetElapsedTime(start));

        async Task ReadSomeAsync()
        {
            while (time.GetElapsedTime(start) < duration && TryDequeue(out var range))
            {
                await foreach (var batch in source.ReadRangeAsync(range, cancellationToken))
                {
                    using (batch)
                    {
                        _ = Interlocked.Add(ref total, batch.Bytes.Length);
                    }

                    if (time.GetElapsedTime(start) >= duration)
                    {
                        return;
                    }
                }
            }
        }

        bool TryDequeue(out RangeRead range)
        {
            lock (ranges)
            {
                return ranges.TryDequeue(out range!);
            }
        }
    }

    /// <summary>Ranges from all over the largest collections, in an order that takes from each in turn.</summary>
    private async Task<IEnumerable<RangeRead>> PlanAsync(
        IReadOnlyList<CollectionDescription> listed,
        CancellationToken cancellationToken
    )
    {
        var measured = new List<(CollectionDescription Collection, long Bytes)>();
        foreach (var one in listed)
        {
            measured.Add((one, (await source.MeasureAsync(one.Address, cancellationToken)).Bytes));
        }

        var at = (await source.IdentifyAsync(cancellationToken)).OperationTime;
        var ranges = new List<(int Turn, RangeRead Read)>();
        foreach (var (one, _) in measured.OrderByDescending(one => one.Bytes).Take(CollectionsMax))
        {
            RawValue[] bounds =
            [
                default,
                .. await source.SplitAsync(one.Address, RangeBytes, cancellationToken),
                default,
            ];
            ranges.AddRange(
                bounds
                    .Zip(bounds.Skip(1))
                    .Select((pair, turn) => (turn, new RangeRead(one.Address, at, pair.First, pair.Second)))
            );
        }

        return ranges.OrderBy(one => one.Turn).Select(one => one.Read);
    }

    /// <summary>Counts changes; a few notes show how soon what is written is seen.</summary>
    private async Task<(long Events, long Bytes, TimeSpan Delay, TimeSpan Watched)> FollowAsync(
        CancellationToken cancellationToken
    )
    {
        var request = new ChangeStreamRequest(RawDocument.Empty, null, KeysOnly: false, AwaitTime);
        await using var stream = await source.OpenChangesAsync(request, cancellationToken);
        var (events, bytes) = (0L, 0L);
        var delays = new List<TimeSpan>();
        var start = time.GetTimestamp();
        while (delays.Count < Notes || time.GetElapsedTime(start) < duration)
        {
            var noted = time.GetTimestamp();
            var note = await source.AppendNoteAsync("godwit: rehearse", cancellationToken);
            ClusterTime seen;
            do
            {
                using var batch = await stream.NextAsync(cancellationToken);
                (events, bytes) = (events + batch.Events.Count, bytes + batch.Events.Bytes.Length);
                seen = ResumeToken.TimeOf(batch.PostBatchResumeToken);
            } while (seen < note);

            delays.Add(time.GetElapsedTime(noted));
        }

        return (events, bytes, delays.Order().ElementAt(delays.Count / 2), time.GetElapsedTime(start));
    }
}
