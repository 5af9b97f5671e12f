using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Reading;

/// <summary>
/// Takes a few records of a large collection at random without reading it: record numbers are drawn and the records at or behind
/// them taken. Like MongoDB's random cursor it is used below a twentieth of the collection only.
/// </summary>
internal static class RandomRecords
{
    private const long CollectionMin = 100;
    private const long PartMax = 20;
    private const int DrawsPerRecordMax = 100;

    /// <summary>Whether records may be drawn: few of many, stored under numbers most of which are in use.</summary>
    internal static bool CanDraw(CollectionReader reader, long count, long records)
    {
        if (reader.Collection.IsClustered || records < CollectionMin || count > records / PartMax)
        {
            return false;
        }

        return Ends(reader) is { } ends && ends.Last - ends.First < records * 2;
    }

    /// <summary>Draws records, each once; fewer where too many draws hit the same ones.</summary>
    internal static IEnumerable<StoredRecord> Draw(CollectionReader reader, long count)
    {
        if (Ends(reader) is not { } ends)
        {
            yield break;
        }

        var drawn = new HashSet<long>();
        for (var draw = 0L; draw < count * DrawsPerRecordMax && drawn.Count < count; draw++)
        {
            var number = Random.Shared.NextInt64(ends.First, ends.Last + 1);
            var record = reader.Scan(after: KeyLayout.RecordKey(number - 1)).FirstOrDefault();
            if (record.Key is not null && drawn.Add(KeyLayout.RecordNumber(record.Key)))
            {
                yield return record;
            }
        }
    }

    private static (long First, long Last)? Ends(CollectionReader reader)
    {
        var first = reader.Scan().FirstOrDefault();
        var last = reader.Scan(isForward: false).FirstOrDefault();
        return first.Key is null || last.Key is null
            ? null
            : (KeyLayout.RecordNumber(first.Key), KeyLayout.RecordNumber(last.Key));
    }
}
