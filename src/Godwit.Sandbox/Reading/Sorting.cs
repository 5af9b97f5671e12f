using Godwit.Bson;
using Godwit.Sandbox.Query;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Reading;

/// <summary>Brings records into the order of a <c>sort</c>.</summary>
internal static class Sorting
{
    /// <summary>Sorts them; where only the first are wanted, keeps no others.</summary>
    internal static IEnumerable<StoredRecord> Sort(
        IEnumerable<StoredRecord> records,
        RawDocument pattern,
        IStringCollation? collation,
        long limit = long.MaxValue
    ) => new DocumentSorter(SortPattern.Parse(pattern, collation)) { Limit = limit }.Sort(records);
}
