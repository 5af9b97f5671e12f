using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Reading;

/// <summary>Finds the records that may match a filter: by what it says of <c>_id</c>, else all of them. The filter is checked again afterwards.</summary>
internal static class RecordFinder
{
    /// <summary>The records to look at.</summary>
    internal static IEnumerable<StoredRecord> Candidates(CollectionReader reader, DocumentQuery query)
    {
        var id = query.Filter.Source["_id"];
        if (id.IsMissing || !CanUseId(reader.Collection) || query.Collation is not null)
        {
            return reader.Scan();
        }

        if (id.Type != BsonType.Document || !IsOperators(id.AsDocument))
        {
            return IsPoint(id) ? Points(reader, [id]) : reader.Scan();
        }

        var operators = id.AsDocument;
        if (operators["$eq"] is { IsMissing: false } equal && IsPoint(equal))
        {
            return Points(reader, [equal]);
        }

        if (operators["$in"] is { Type: BsonType.Array } list && list.AsDocument.Values().All(IsPoint))
        {
            return Points(reader, list.AsDocument.Values().Order(ValueComparer.Binary).Distinct(ValueComparer.Binary));
        }

        return IdRange.Of(operators) is { } range ? Range(reader, range, isForward: true) : reader.Scan();
    }

    /// <summary>The records whose <c>_id</c> lies in a range, in its order.</summary>
    internal static IEnumerable<StoredRecord> Range(CollectionReader reader, IdRange range, bool isForward)
    {
        var collection = reader.Collection;
        if (collection.IdIndex is { } index)
        {
            return reader.ScanIndex(index, range.Lower, range.Upper, isForward);
        }

        var upper = range.Upper is null
            ? KeyLayout.Ident(collection.Ident + 1)
            : KeyLayout.Logical(collection.Ident, range.Upper);
        return reader.Scan(new ScanRange(KeyLayout.Logical(collection.Ident, range.Lower), upper, isForward));
    }

    private static bool CanUseId(CollectionInfo collection) =>
        (collection.IsClustered || collection.IdIndex is not null) && !collection.Options.Has("collation");

    private static bool IsPoint(RawValue value) =>
        value.Type is not (BsonType.RegularExpression or BsonType.Null or BsonType.Undefined or BsonType.Array);

    private static bool IsOperators(RawDocument document) => !document.IsEmpty && document.First().Name.StartsWith('$');

    private static IEnumerable<StoredRecord> Points(CollectionReader reader, IEnumerable<RawValue> ids)
    {
        foreach (var id in ids)
        {
            if (reader.FindById(id) is { } record)
            {
                yield return record;
            }
        }
    }
}
