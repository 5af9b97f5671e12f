using System.Collections.Immutable;

namespace Godwit.Sandbox.Update;

/// <summary>
/// Where in the document an update stands: the deepest element that exists, the way to it, and the rest of the path that
/// would have to be created below it.
/// </summary>
/// <param name="Element">The deepest element that exists.</param>
/// <param name="Taken">The way to it.</param>
/// <param name="Missing">What does not exist below it.</param>
internal sealed record UpdateCursor(
    MutableElement Element,
    ImmutableList<PathStep> Taken,
    ImmutableList<string> Missing
)
{
    /// <summary>The whole path, for messages.</summary>
    internal string Path => string.Join('.', Taken.Select(step => step.Name).Concat(Missing));

    /// <summary>The path as far as it exists.</summary>
    internal string TakenPath => string.Join('.', Taken.Select(step => step.Name));

    internal static UpdateCursor At(MutableElement root) => new(root, [], []);

    /// <summary>One step further. What an operator applied before has created counts as existing.</summary>
    internal UpdateCursor Step(string name)
    {
        var element = Element;
        var taken = Taken;
        var missing = Missing.Add(name);
        while (missing.Count > 0 && element.Child(missing[0]) is { } child)
        {
            taken = taken.Add(new(missing[0], element.IsArray));
            missing = missing.RemoveAt(0);
            element = child;
        }

        return new(element, taken, missing);
    }
}
