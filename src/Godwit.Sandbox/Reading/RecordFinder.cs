using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Reading;

/// <summary>Chooses where the records that may match come from: what the filter says of <c>_id</c>, a hint, or all of them.</summary>
internal static class RecordFinder
{
    /// <summary>The records to look at.</summary>
    internal static RecordPlan Plan(CollectionReader reader, DocumentQuery query)
    {
        var sort = NaturalDirection(query.Sort);
        var hint = query.Hint.Type == BsonType.Document ? NaturalDirection(query.Hint.AsDocument) : null;
        if ((hint ?? sort) is { } direction)
        {
            return new(reader.Scan(isForward: direction > 0), sort is not null);
        }

        CheckHint(reader.Collection, query.Hint);
        if (!CanUseId(reader.Collection, query))
        {
            return new(reader.Scan(), false);
        }

        var sortDirection = IdDirection(query.Sort);
        var isForward = sortDirection != -1;
        if (query.Min is not null || query.Max is not null)
        {
            var bounds = IdRange.Between(query.Min?["_id"] ?? default, query.Max?["_id"] ?? default);
            return new(Range(reader, bounds, isForward), true);
        }

        if (OfId(reader, query.Filter.Source["_id"], isForward) is { } candidates)
        {
            return new(candidates, sortDirection is not null);
        }

        var wantsId = sortDirection is not null || IsIdHint(query.Hint);
        return wantsId ? new(Range(reader, new([], null), isForward), true) : new(reader.Scan(), false);
    }

    private static IEnumerable<StoredRecord>? OfId(CollectionReader reader, RawValue id, bool isForward)
    {
        if (id.IsMissing)
        {
            return null;
        }

        if (id.Type != BsonType.Document || !IsOperators(id.AsDocument))
        {
            return IsPoint(id) ? Points(reader, [id]) : null;
        }

        var operators = id.AsDocument;
        if (operators["$eq"] is { IsMissing: false } equal && IsPoint(equal))
        {
            return Points(reader, [equal]);
        }

        if (operators["$in"] is { Type: BsonType.Array } list && list.AsDocument.Values().All(IsPoint))
        {
            var ids = list.AsDocument.Values().Order(ValueComparer.Binary).Distinct(ValueComparer.Binary);
            return Points(reader, isForward ? ids : ids.Reverse());
        }

        return IdRange.Of(operators) is { } range ? Range(reader, range, isForward) : null;
    }

    private static IEnumerable<StoredRecord> Range(CollectionReader reader, IdRange range, bool isForward)
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

    private static void CheckHint(CollectionInfo collection, RawValue hint)
    {
        var isKnown = hint.Type switch
        {
            BsonType.String => collection.FindIndex(hint.AsString) is not null || IsClusterName(collection, hint),
            BsonType.Document => hint.AsDocument.IsEmpty
                || IsIdHint(hint)
                || collection.Indexes.Any(index => Writing.IndexCatalog.SameKey(index.Key, hint.AsDocument)),
            _ => true,
        };
        if (!isKnown)
        {
            throw new CommandException(
                ErrorCode.BadValue,
                $"error processing query: ns={collection.Namespace} planner returned error :: caused by :: hint provided does not correspond to an existing index"
            );
        }
    }

    private static bool IsClusterName(CollectionInfo collection, RawValue hint) =>
        collection.Options["clusteredIndex"] is { Type: BsonType.Document } cluster
        && cluster.AsDocument["name"] == hint;

    private static bool CanUseId(CollectionInfo collection, DocumentQuery query) =>
        (collection.IsClustered || collection.IdIndex is not null)
        && !collection.Options.Has("collation")
        && query.Collation is null;

    private static bool IsIdHint(RawValue hint) =>
        hint.Type == BsonType.Document
            ? IdDirection(hint.AsDocument) == 1
            : hint.Type == BsonType.String && hint.AsString == "_id_";

    private static int? IdDirection(RawDocument? pattern) => Direction(pattern, "_id");

    private static int? NaturalDirection(RawDocument? pattern) => Direction(pattern, "$natural");

    private static int? Direction(RawDocument? pattern, string field) =>
        pattern is { IsEmpty: false } document && document.Count() == 1 && document.First().NameIs(field)
            ? (document.First().Value.ToInt64() ?? 0) switch
            {
                1 => 1,
                -1 => -1,
                _ => null,
            }
            : null;

    private static bool IsPoint(RawValue value) =>
        value.Type
            is not (
                BsonType.RegularExpression
                or BsonType.Null
                or BsonType.Undefined
                or BsonType.Array
                or BsonType.Missing
            );

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
