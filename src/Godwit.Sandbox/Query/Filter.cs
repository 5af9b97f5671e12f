using Godwit.Bson;

namespace Godwit.Sandbox.Query;

/// <summary>A parsed query filter.</summary>
internal sealed class Filter
{
    private Filter(RawDocument source, FilterNode root)
    {
        Source = source;
        Root = root;
    }

    /// <summary>What was parsed.</summary>
    internal RawDocument Source { get; }

    /// <summary>The tree, for planning.</summary>
    internal FilterNode Root { get; }

    /// <summary>Reads a filter, refusing what MongoDB refuses with its codes.</summary>
    internal static Filter Parse(RawDocument filter, QueryContext context) =>
        new(filter, new FilterParser(context).Parse(filter));

    internal bool Matches(RawDocument document) => Root.Matches(document, null);

    /// <summary>Also tells which array element matched, if one did: the meaning of <c>$</c>.</summary>
    internal bool Matches(RawDocument document, out int? positionalIndex)
    {
        var trace = new MatchTrace();
        var matches = Root.Matches(document, trace);
        positionalIndex = matches ? trace.ArrayOffset : null;
        return matches;
    }

    /// <summary>Matches a single value, as <c>arrayFilters</c> and <c>$pull</c> with operators do.</summary>
    internal bool MatchesElement(RawValue value) => Root.MatchesElement(value);
}
