using System.Globalization;
using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Update;

/// <summary>Creates the part of a path that does not exist: documents within documents, arrays filled up with null.</summary>
internal static class PathCreation
{
    private const int PaddingMax = 1_500_000;

    /// <summary>Creates a value below an element; gives the topmost element that is new.</summary>
    internal static MutableElement Create(MutableElement parent, IReadOnlyList<string> path, RawValue value)
    {
        if (parent.Type is not (BsonType.Document or BsonType.Array))
        {
            throw NotViable(path[0], parent);
        }

        var built = value;
        for (var i = path.Count - 1; i > 0; i--)
        {
            built = new DocumentBuilder { { path[i], built } };
        }

        if (parent.IsArray)
        {
            Pad(parent, path[0]);
        }

        var created = new MutableElement(path[0], built);
        parent.Append(created);
        return created;
    }

    /// <summary>Sets a value at a path that may exist in part.</summary>
    internal static void Set(MutableElement root, string path, RawValue value)
    {
        var cursor = UpdateCursor.At(root);
        foreach (var part in path.Split('.'))
        {
            cursor = cursor.Step(part);
        }

        if (cursor.Missing.Count == 0)
        {
            cursor.Element.Value = value;
        }
        else
        {
            _ = Create(cursor.Element, cursor.Missing, value);
        }
    }

    private static void Pad(MutableElement array, string part)
    {
        if (!MutableElement.TryReadIndex(part, out var index))
        {
            throw NotViable(part, array);
        }

        var missing = index - array.Children.Count;
        if (missing > PaddingMax)
        {
            throw new CommandException(
                ErrorCode.CannotBackfillArray,
                string.Create(CultureInfo.InvariantCulture, $"can't backfill more than {PaddingMax} elements")
            );
        }

        for (; missing > 0; missing--)
        {
            array.Append(new("", RawValue.Null));
        }
    }

    private static CommandException NotViable(string part, MutableElement parent) =>
        new(ErrorCode.PathNotViable, $"Cannot create field '{part}' in element {{{parent.Name}: {parent.Value}}}");
}
