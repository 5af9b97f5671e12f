using Godwit.Bson;

namespace Godwit.Sandbox.Query;

/// <summary>What the meaning of a filter, a sort or a projection depends on besides its own text.</summary>
internal sealed record QueryContext
{
    /// <summary>Strings by their bytes, no expressions: what an index's partial filter is read with.</summary>
    internal static readonly QueryContext Plain = new();

    /// <summary>The order of strings; <see langword="null"/> for that of their bytes.</summary>
    internal IStringCollation? Collation { get; init; }

    /// <summary>Where it is noted what the queries do; <see langword="null"/> where nobody asks.</summary>
    internal QueryWork? Work { get; init; }

    /// <summary>
    /// Reads an aggregation expression and gives what evaluates it on a document, variables of <c>let</c> included.
    /// <see langword="null"/> where expressions are not allowed.
    /// </summary>
    internal Func<RawValue, Func<RawDocument, RawValue>>? ParseExpression { get; init; }
}
