using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Update;

/// <summary>The fields that a query's equalities give to a document about to be inserted by an upsert.</summary>
internal static class UpsertSeed
{
    /// <summary>Reads the equalities of a filter; for replacements only that of <c>_id</c>.</summary>
    internal static RawDocument FromFilter(RawDocument filter, bool onlyId)
    {
        var equalities = new SortedDictionary<string, RawValue>(Utf8Order.Comparer);
        Collect(filter, equalities, onlyId);
        var root = new MutableElement("", RawDocument.Empty);
        foreach (var (path, value) in equalities)
        {
            PathCreation.Set(root, path, value);
        }

        return root.Value.AsDocument;
    }

    private static void Collect(RawDocument filter, SortedDictionary<string, RawValue> equalities, bool onlyId)
    {
        foreach (var field in filter)
        {
            var name = field.Name;
            if (name is "$and" || (name is "$or" && field.Value.AsDocument.Count() == 1))
            {
                foreach (var clause in field.Value.AsDocument.Values())
                {
                    Collect(clause.AsDocument, equalities, onlyId);
                }
            }
            else if (!name.StartsWith('$'))
            {
                CollectField(name, field.Value, equalities, onlyId);
            }
        }
    }

    private static void CollectField(
        string path,
        RawValue condition,
        SortedDictionary<string, RawValue> equalities,
        bool onlyId
    )
    {
        if (condition.Type == BsonType.RegularExpression)
        {
            return;
        }

        if (
            condition.Type != BsonType.Document
            || condition.AsDocument.IsEmpty
            || condition.AsDocument.First().NameUtf8.Span is not [(byte)'$', ..]
            || condition.AsDocument.First().NameUtf8.Span
                is [.., (byte)'r', (byte)'e', (byte)'f']
                    or [.., (byte)'$', (byte)'i', (byte)'d']
        )
        {
            Add(path, condition, equalities, onlyId);
            return;
        }

        foreach (var test in condition.AsDocument)
        {
            var value = test.Name switch
            {
                "$eq" => test.Value,
                "$in" or "$all" when test.Type == BsonType.Array && test.Value.AsDocument.Count() == 1 => test
                    .Value.AsDocument.First()
                    .Value,
                _ => default,
            };
            var isPlain =
                !value.IsMissing
                && !(test.Name != "$eq" && value.Type == BsonType.RegularExpression)
                && !(test.NameIs("$all"u8) && IsElemMatch(value));
            if (isPlain)
            {
                Add(path, value, equalities, onlyId);
            }
        }
    }

    private static bool IsElemMatch(RawValue value) =>
        value.Type == BsonType.Document && !value.AsDocument.IsEmpty && value.AsDocument.First().NameIs("$elemMatch"u8);

    private static void Add(string path, RawValue value, SortedDictionary<string, RawValue> equalities, bool onlyId)
    {
        if (onlyId && path != "_id")
        {
            if (path.StartsWith("_id.", StringComparison.Ordinal))
            {
                throw new CommandException(
                    ErrorCode.NotExactValueField,
                    $"field at '_id' must be exactly specified, field at sub-path '{path}'found"
                );
            }

            return;
        }

        foreach (var other in equalities.Keys)
        {
            if (other == path)
            {
                throw new CommandException(
                    ErrorCode.NotSingleValueField,
                    $"cannot infer query fields to set, path '{path}' is matched twice"
                );
            }

            var (longer, shorter) = other.Length > path.Length ? (other, path) : (path, other);
            if (longer.StartsWith(shorter + ".", StringComparison.Ordinal))
            {
                throw new CommandException(
                    ErrorCode.NotSingleValueField,
                    $"cannot infer query fields to set, both paths '{path}' and '{other}' are matched"
                );
            }
        }

        equalities.Add(path, value);
    }
}
