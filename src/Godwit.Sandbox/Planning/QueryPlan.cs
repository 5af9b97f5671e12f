using Godwit.Sandbox.Reading;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Planning;

/// <summary>How a query is answered.</summary>
/// <param name="Path">Where its records come from.</param>
/// <param name="IsSorted">Whether they come in the order asked for.</param>
internal sealed record QueryPlan(AccessPath Path, bool IsSorted)
{
    /// <summary>The matching records in the order asked for.</summary>
    internal IEnumerable<StoredRecord> Run(CollectionReader reader, DocumentQuery query)
    {
        var work = query.Context.Work ?? new Query.QueryWork();
        var matching = Path.Records(reader)
            .Where(record =>
            {
                work.DocumentsExamined++;
                return query.Filter.Matches(record.Document);
            });
        return IsSorted ? matching : query.InOrder(matching);
    }
}
