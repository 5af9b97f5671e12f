using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Update;

/// <summary>
/// A node of the tree that update operators are parsed into, one level per part of their paths: <see cref="FieldsNode"/>
/// and <see cref="ElementsNode"/> inside, modifiers at the leaves.
/// </summary>
internal abstract class UpdateNode
{
    /// <summary>Applies the node; tells whether it changed anything.</summary>
    internal abstract bool Apply(UpdateRun run, UpdateCursor cursor);

    /// <summary>One node that does what both do; refused where they would change the same value.</summary>
    internal static UpdateNode Merge(UpdateNode left, UpdateNode right, string path) =>
        (left, right) switch
        {
            (FieldsNode one, FieldsNode other) => one.MergeWith(other, path),
            (ElementsNode one, ElementsNode other) => one.MergeWith(other, path),
            _ => throw new CommandException(
                ErrorCode.ConflictingUpdateOperators,
                $"Update created a conflict at '{path}'"
            ),
        };

    /// <summary>The union of two nodes' children, those of the same name merged.</summary>
    protected static SortedDictionary<string, UpdateNode> MergeChildren(
        SortedDictionary<string, UpdateNode> left,
        SortedDictionary<string, UpdateNode> right,
        Func<string, string> pathOf
    )
    {
        var merged = new SortedDictionary<string, UpdateNode>(left, UpdatePathOrder.Comparer);
        foreach (var (name, node) in right)
        {
            merged[name] = merged.TryGetValue(name, out var other) ? Merge(other, node, pathOf(name)) : node;
        }

        return merged;
    }
}
