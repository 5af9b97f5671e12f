using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Query;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Reading;

/// <summary>
/// Sorts records. Up to a limit it keeps only the first ones; otherwise it keeps 100 MB, and beyond that writes sorted runs to disk
/// and merges them. Records that compare equal keep their order.
/// </summary>
internal sealed class DocumentSorter(SortPattern pattern)
{
    private const int BytesPerRecord = 96;

    // Above it the heap of a top-k sort costs more than sorting everything.
    private const int HeapCountMax = 10_000;

    /// <summary>How many of the first records are wanted.</summary>
    internal long Limit { get; init; } = long.MaxValue;

    /// <summary>What is held in memory at most.</summary>
    internal int BytesMax { get; init; } = 100 * 1024 * 1024;

    /// <summary>Whether more may go to disk; otherwise it is refused.</summary>
    internal bool AllowsDiskUse { get; init; } = true;

    /// <summary>The records in order.</summary>
    internal IEnumerable<StoredRecord> Sort(IEnumerable<StoredRecord> records) =>
        Limit <= HeapCountMax ? First(records, (int)Limit) : All(records);

    private IEnumerable<StoredRecord> First(IEnumerable<StoredRecord> records, int count)
    {
        var worstFirst = Comparer<SortedRecord>.Create((left, right) => right.CompareTo(left));
        var kept = new PriorityQueue<SortedRecord, SortedRecord>(worstFirst);
        long sequence = 0;
        foreach (var record in records)
        {
            var entry = new SortedRecord(pattern.EncodeKey(record.Document), sequence++, record);
            if (kept.Count < count)
            {
                kept.Enqueue(entry, entry);
            }
            else if (count > 0 && entry.CompareTo(kept.Peek()) < 0)
            {
                _ = kept.DequeueEnqueue(entry, entry);
            }
        }

        foreach (var entry in kept.UnorderedItems.Select(item => item.Element).Order())
        {
            yield return entry.Record;
        }
    }

    private IEnumerable<StoredRecord> All(IEnumerable<StoredRecord> records)
    {
        var runs = new List<SortedRun>();
        try
        {
            var held = new List<SortedRecord>();
            long bytes = 0;
            long sequence = 0;
            foreach (var record in records)
            {
                var entry = new SortedRecord(pattern.EncodeKey(record.Document), sequence++, record);
                held.Add(entry);
                bytes += entry.Key.Length + record.Document.Length + BytesPerRecord;
                if (bytes > BytesMax)
                {
                    CheckDiskUse();
                    held.Sort();
                    runs.Add(SortedRun.Write(held));
                    held.Clear();
                    bytes = 0;
                }
            }

            held.Sort();
            var merged = runs.Count == 0 ? held : Merge([.. runs.Select(run => run.Read()), held]);
            foreach (var entry in merged)
            {
                yield return entry.Record;
            }
        }
        finally
        {
            runs.ForEach(run => run.Dispose());
        }
    }

    private static IEnumerable<SortedRecord> Merge(IReadOnlyList<IEnumerable<SortedRecord>> runs)
    {
        var heads = new PriorityQueue<IEnumerator<SortedRecord>, SortedRecord>();
        foreach (var run in runs)
        {
            var head = run.GetEnumerator();
            if (head.MoveNext())
            {
                heads.Enqueue(head, head.Current);
            }
        }

        while (heads.TryDequeue(out var head, out var least))
        {
            yield return least;
            if (head.MoveNext())
            {
                heads.Enqueue(head, head.Current);
            }
        }
    }

    private void CheckDiskUse()
    {
        if (!AllowsDiskUse)
        {
            throw new CommandException(
                ErrorCode.QueryExceededMemoryLimitNoDiskUseAllowed,
                $"Sort exceeded memory limit of {BytesMax} bytes, but did not opt in to external sorting."
            );
        }
    }
}
