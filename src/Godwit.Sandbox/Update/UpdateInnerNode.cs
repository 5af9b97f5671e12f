namespace Godwit.Sandbox.Update;

/// <summary>A node that has others below it.</summary>
internal abstract class UpdateInnerNode : UpdateNode
{
    /// <summary>The child of that name.</summary>
    internal abstract UpdateNode? Child(string name);

    /// <summary>Adds a child.</summary>
    internal abstract void Add(string name, UpdateNode child);
}
