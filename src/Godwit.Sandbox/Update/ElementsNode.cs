using System.Globalization;
using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Update;

/// <summary>Children behind <c>$[]</c> (the empty name) and <c>$[identifier]</c>: applied to the array elements they select.</summary>
/// <param name="filters">The array filters by identifier.</param>
internal sealed class ElementsNode(IReadOnlyDictionary<string, Func<RawValue, bool>> filters) : UpdateInnerNode
{
    private SortedDictionary<string, UpdateNode> children = new(UpdatePathOrder.Comparer);

    internal override UpdateNode? Child(string name) => children.GetValueOrDefault(name);

    internal override void Add(string name, UpdateNode child) => children.Add(name, child);

    internal override bool Apply(UpdateRun run, UpdateCursor cursor)
    {
        if (cursor.Missing.Count > 0)
        {
            throw new CommandException(
                ErrorCode.BadValue,
                $"The path '{cursor.Path}' must exist in the document in order to apply array updates."
            );
        }

        if (!cursor.Element.IsArray)
        {
            throw new CommandException(
                ErrorCode.BadValue,
                $"Cannot apply array updates to non-array element {cursor.Element.Name}: {cursor.Element.Value}"
            );
        }

        var selected = Select(cursor);
        var childrenLog = selected.Count <= 1;
        var inner = childrenLog ? run : run with { Log = null };
        var modified = new List<int>();
        foreach (var (index, child) in selected)
        {
            if (child.Apply(inner, cursor.Step(Text(index))))
            {
                modified.Add(index);
            }
        }

        if (!childrenLog && run.Log is { } log)
        {
            LogElements(log, cursor, modified);
        }

        return modified.Count > 0;
    }

    internal ElementsNode MergeWith(ElementsNode other, string path) =>
        new(filters) { children = MergeChildren(children, other.children, name => $"{path}.$[{name}]") };

    private static void LogElements(UpdateLog log, UpdateCursor cursor, List<int> modified)
    {
        if (modified.Count > 1)
        {
            log.Updated(cursor.Taken, cursor.Element.Value);
        }
        else if (modified.Count == 1)
        {
            var element = cursor.Step(Text(modified[0]));
            log.Updated(element.Taken, element.Element.Value);
        }
    }

    /// <summary>Which elements are changed by what, decided before any of them changes.</summary>
    private List<(int Index, UpdateNode Child)> Select(UpdateCursor cursor)
    {
        var selected = new List<(int, UpdateNode)>();
        for (var i = 0; i < cursor.Element.Children.Count; i++)
        {
            var value = cursor.Element.Children[i].Value;
            UpdateNode? merged = null;
            foreach (var (identifier, child) in children)
            {
                if (identifier.Length == 0 || filters[identifier](value))
                {
                    merged = merged is null ? child : Merge(merged, child, cursor.Path);
                }
            }

            if (merged is not null)
            {
                selected.Add((i, merged));
            }
        }

        return selected;
    }

    private static string Text(int index) => index.ToString(CultureInfo.InvariantCulture);
}
