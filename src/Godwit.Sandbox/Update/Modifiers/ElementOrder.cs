using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Update.Modifiers;

/// <summary>The order of <c>$push</c>'s <c>$sort</c>: by whole values, or by fields of elements that are documents.</summary>
internal sealed class ElementOrder : IComparer<RawValue>
{
    private readonly List<(string[] Path, bool IsDescending)> keys;
    private readonly IStringCollation? collation;

    private ElementOrder(List<(string[] Path, bool IsDescending)> keys, IStringCollation? collation)
    {
        this.keys = keys;
        this.collation = collation;
    }

    internal static ElementOrder Parse(RawValue sort, IStringCollation? collation)
    {
        if (sort.IsNumber)
        {
            return new([([], IsDescending(sort, "The $sort element value must be either 1 or -1"))], collation);
        }

        if (sort.Type != BsonType.Document)
        {
            throw Refuse(
                "The $sort is invalid: use 1/-1 to sort the whole element, or {field:1/-1} to sort embedded fields"
            );
        }

        if (sort.AsDocument.IsEmpty)
        {
            throw Refuse("The $sort pattern is empty when it should be a set of fields.");
        }

        var keys = new List<(string[], bool)>();
        foreach (var field in sort.AsDocument)
        {
            var isDescending = IsDescending(field.Value, "The $sort element value must be either 1 or -1");
            var path = field.Name.Split('.');
            if (path.Any(part => part.Length == 0))
            {
                throw Refuse(
                    field.Name.Length == 0
                        ? "The $sort field cannot be empty"
                        : $"The $sort field is a dotted field but has an empty part: {field.Name}"
                );
            }

            keys.Add((path, isDescending));
        }

        return new(keys, collation);
    }

    public int Compare(RawValue left, RawValue right)
    {
        foreach (var (path, isDescending) in keys)
        {
            var order = ValueComparer.Compare(Key(left, path), Key(right, path), collation);
            if (order != 0)
            {
                return isDescending ? -order : order;
            }
        }

        return 0;
    }

    private static RawValue Key(RawValue value, string[] path)
    {
        if (path.Length == 0)
        {
            return value;
        }

        value = value.Type == BsonType.Document ? value : RawValue.Null;
        foreach (var part in path)
        {
            value = value.Type is BsonType.Document or BsonType.Array ? value.AsDocument[part] : default;
        }

        return value.IsMissing ? RawValue.Null : value;
    }

    private static bool IsDescending(RawValue value, string complaint) =>
        value.IsNumber && ValueComparer.AreEqual(value, 1) ? false
        : value.IsNumber && ValueComparer.AreEqual(value, -1) ? true
        : throw Refuse(complaint);

    private static CommandException Refuse(string message) => new(ErrorCode.BadValue, message);
}
