using System.Collections.Immutable;
using Godwit.Bson;

namespace Godwit.Sandbox.Update;

/// <summary>
/// Takes down what operators change as the tree of a <c>$v:2</c> diff: one leaf per path they touched. What is created
/// below a created document is merged into its one inserted value.
/// </summary>
internal sealed class UpdateLog
{
    private readonly DiffNode.DocumentChange root = new();

    /// <summary>A value was replaced where it stood.</summary>
    internal void Updated(ImmutableList<PathStep> path, RawValue value) => Add(path, new DiffNode.Updated(value), null);

    /// <summary>A value was created; the path exists up to <paramref name="firstNew"/>.</summary>
    internal void Created(ImmutableList<PathStep> path, int firstNew, RawValue value) =>
        Add(path, new DiffNode.Inserted(value), firstNew);

    /// <summary>A field was removed.</summary>
    internal void Removed(ImmutableList<PathStep> path) => Add(path, new DiffNode.Removed(), null);

    /// <summary>The <c>o</c> of the oplog entry.</summary>
    internal RawDocument Build() => new DocumentBuilder { { "$v", 2 }, { "diff", root.Build() } }.Build();

    private void Add(ImmutableList<PathStep> path, DiffNode leaf, int? firstNew)
    {
        DiffNode.Inner node = root;
        for (var i = 0; i < path.Count - 1; i++)
        {
            var name = path[i].Name;
            if (node.Child(name) is not DiffNode.Inner child)
            {
                child =
                    path[i + 1].IsIndex ? new DiffNode.ArrayChange()
                    : i >= firstNew ? new DiffNode.Created()
                    : new DiffNode.DocumentChange();
                node.Add(name, child);
            }

            node = child;
        }

        node.Add(path[^1].Name, leaf);
    }
}
