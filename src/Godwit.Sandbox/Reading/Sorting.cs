using Godwit.Bson;
using Godwit.Sandbox.Query;
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
    ) => SortPattern.Parse(pattern, collation).Sort(records, record => record.Document);
}
