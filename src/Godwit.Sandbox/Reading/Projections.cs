using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Query;
using Godwit.Sandbox.Query.Projecting;

namespace Godwit.Sandbox.Reading;

/// <summary>What a command shows of each document.</summary>
internal static class Projections
{
    /// <summary>What applies a projection to the results of a query, if there is one.</summary>
    internal static Func<RawDocument, RawDocument> Of(
        CommandContext context,
        RawDocument projection,
        DocumentQuery? query = null
    )
    {
        var reading = query?.Context ?? QueryContexts.For(context, collation: null);
        var sort = query?.Sort is { IsEmpty: false } pattern ? SortPattern.Parse(pattern, query.Collation) : null;
        return Projection.Parse(projection, reading, query?.Filter, sort).Apply;
    }
}
