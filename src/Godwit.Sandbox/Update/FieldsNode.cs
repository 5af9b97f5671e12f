using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Update;

/// <summary>Children by field name, and the one behind the positional <c>$</c>.</summary>
internal sealed class FieldsNode : UpdateInnerNode
{
    private readonly SortedDictionary<string, UpdateNode> children;
    private UpdateNode? positional;

    internal FieldsNode()
        : this(new(UpdatePathOrder.Comparer), null) { }

    private FieldsNode(SortedDictionary<string, UpdateNode> children, UpdateNode? positional)
    {
        this.children = children;
        this.positional = positional;
    }

    internal override UpdateNode? Child(string name) => name == "$" ? positional : children.GetValueOrDefault(name);

    internal override void Add(string name, UpdateNode child)
    {
        if (name == "$")
        {
            positional = child;
        }
        else
        {
            children.Add(name, child);
        }
    }

    internal override bool Apply(UpdateRun run, UpdateCursor cursor)
    {
        var isModified = false;
        foreach (var (name, child) in ChildrenFor(run, cursor))
        {
            isModified |= child.Apply(run, cursor.Step(name));
        }

        return isModified;
    }

    internal FieldsNode MergeWith(FieldsNode other, string path)
    {
        var merged = (positional, other.positional) switch
        {
            (null, _) => other.positional,
            (_, null) => positional,
            _ => Merge(positional, other.positional, path + ".$"),
        };
        return new(MergeChildren(children, other.children, name => $"{path}.{name}"), merged);
    }

    /// <summary>The children in order, that of <c>$</c> at the place of the element it stands for.</summary>
    private List<(string Name, UpdateNode Child)> ChildrenFor(UpdateRun run, UpdateCursor cursor)
    {
        var list = children.Select(child => (child.Key, child.Value)).ToList();
        if (positional is null)
        {
            return list;
        }

        var matched =
            run.MatchedField
            ?? throw new CommandException(
                ErrorCode.BadValue,
                "The positional operator did not find the match needed from the query."
            );
        var place = list.FindIndex(child => Utf8Order.Compare(child.Key, matched) >= 0);
        if (place >= 0 && list[place].Key == matched)
        {
            var path = cursor.Path.Length == 0 ? matched : $"{cursor.Path}.{matched}";
            list[place] = (matched, Merge(positional, list[place].Value, path));
        }
        else
        {
            list.Insert(place < 0 ? list.Count : place, (matched, positional));
        }

        return list;
    }
}
