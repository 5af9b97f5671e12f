using Godwit.Bson;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Reading;

/// <summary>Brings records into the order of a <c>sort</c>.</summary>
internal static class Sorting
{
    /// <summary>Sorts in memory.</summary>
    internal static IEnumerable<StoredRecord> Sort(
        IEnumerable<StoredRecord> records,
        RawDocument pattern,
        IStringCollation? collation
    )
    {
        var comparer = new ValueComparer(collation);
        IOrderedEnumerable<StoredRecord>? ordered = null;
        foreach (var part in pattern)
        {
            var name = part.Name;
            var isDescending = part.Value.ToInt64() < 0;
            ordered = (ordered, isDescending) switch
            {
                (null, false) => records.OrderBy(record => record.Document[name], comparer),
                (null, true) => records.OrderByDescending(record => record.Document[name], comparer),
                (_, false) => ordered.ThenBy(record => record.Document[name], comparer),
                (_, true) => ordered.ThenByDescending(record => record.Document[name], comparer),
            };
        }

        return ordered ?? records;
    }
}
