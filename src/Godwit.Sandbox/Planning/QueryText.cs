using Godwit.Bson;
using Godwit.Sandbox.Reading;

namespace Godwit.Sandbox.Planning;

/// <summary>How a query is shown in errors of its planning.</summary>
internal static class QueryText
{
    /// <summary>The query, as <c>CanonicalQuery::toString</c> begins such an error.</summary>
    internal static string Describe(Namespace ns, DocumentQuery query) =>
        $"error processing query: ns={ns}Tree: {Tree(query.Filter.Source)}\nSort: {Shown(query.Sort)}\nProj: {Shown(query.Projection)}\n";

    // Equality to one value has a form of its own; whatever else there is is shown as it was sent.
    private static string Tree(RawDocument filter)
    {
        if (filter.IsEmpty)
        {
            return "$and";
        }

        var first = filter.First();
        var isEquality =
            filter.Count() == 1
            && !first.Name.StartsWith('$')
            && !(
                first.Value.Type == BsonType.Document
                && first.Value.AsDocument is { IsEmpty: false } inner
                && inner.First().Name.StartsWith('$')
            );
        return isEquality ? $"{first.Name} $eq {first.Value}" : filter.ToString();
    }

    private static string Shown(RawDocument? document) =>
        document is { IsEmpty: false } given ? given.ToString() : "{}";
}
