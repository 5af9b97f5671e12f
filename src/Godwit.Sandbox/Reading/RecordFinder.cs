using Godwit.Bson;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Reading;

/// <summary>Finds the records of a collection that match a filter: by <c>_id</c> where the filter names one, else by walking it.</summary>
internal static class RecordFinder
{
    /// <summary>The matching records, in natural order.</summary>
    internal static IEnumerable<StoredRecord> Find(CollectionReader reader, RawDocument filter)
    {
        var id = filter["_id"];
        if (!id.IsMissing && id.Type is not (BsonType.Document or BsonType.RegularExpression or BsonType.Null))
        {
            var found = reader.FindById(id);
            return found is { } record && Matches(record.Document, filter) ? [record] : [];
        }

        return reader.Scan().Where(record => Matches(record.Document, filter));
    }

    private static bool Matches(RawDocument document, RawDocument filter)
    {
        foreach (var element in filter)
        {
            if (ValueComparer.Compare(document[element.NameUtf8.Span], element.Value) != 0)
            {
                return false;
            }
        }

        return true;
    }
}
