using Godwit.Sandbox.Query;
using Godwit.Sandbox.Query.Predicates;

namespace Godwit.Sandbox.Planning;

/// <summary>What a filter demands of documents: tests by path that must all pass, and alternatives.</summary>
internal sealed class FilterPredicates
{
    private readonly Dictionary<string, List<IValueTest>> tests = new(StringComparer.Ordinal);

    private FilterPredicates() { }

    /// <summary>Alternatives of which one must hold.</summary>
    internal List<OrNode> Alternatives { get; } = [];

    /// <summary>Whether the filter is one test of one path and nothing else.</summary>
    internal bool IsSingle { get; private init; }

    /// <summary>The tests of a path; those of one element of an array count too.</summary>
    internal IReadOnlyList<IValueTest> Of(string path) => tests.GetValueOrDefault(path) ?? [];

    internal static FilterPredicates Of(FilterNode root)
    {
        var predicates = new FilterPredicates { IsSingle = Lone(root) is PathNode };
        predicates.Add(root, "");
        return predicates;
    }

    private static FilterNode Lone(FilterNode node) => node is AndNode { Children: [var only] } ? Lone(only) : node;

    private void Add(FilterNode node, string prefix)
    {
        switch (node)
        {
            case AndNode and:
                foreach (var child in and.Children)
                {
                    Add(child, prefix);
                }

                break;
            case OrNode { Children: [var only] }:
                Add(only, prefix);
                break;
            case OrNode alternatives when prefix.Length == 0:
                Alternatives.Add(alternatives);
                break;
            case PathNode path:
                Add(path, prefix);
                break;
            default:
                break;
        }
    }

    private void Add(PathNode node, string prefix)
    {
        var path = node.Path is null ? prefix.TrimEnd('.') : prefix + node.Path.Text;
        if (node.Test is ElemMatchTest elements)
        {
            Add(elements.Inner, elements.IsOnValues ? path : path + ".");
            return;
        }

        if (!tests.TryGetValue(path, out var list))
        {
            tests[path] = list = [];
        }

        list.Add(node.Test);
    }
}
