using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Query;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Reading;

/// <summary>A filter with what it is read with, ready to be run on a collection.</summary>
internal sealed class DocumentQuery
{
    internal DocumentQuery(
        CommandContext context,
        RawDocument filter,
        RawDocument? collation = null,
        RawDocument? let = null
    )
    {
        Collation = Collations.Of(collation);
        Context = QueryContexts.For(context, Collation, let);
        Filter = Filter.Parse(filter, Context);
    }

    /// <summary>What the filter was read with.</summary>
    internal QueryContext Context { get; }

    /// <summary>The filter.</summary>
    internal Filter Filter { get; }

    /// <summary>The order of strings asked for.</summary>
    internal IStringCollation? Collation { get; }

    /// <summary>The index asked for, by name or key; <c>$natural</c> for none.</summary>
    internal RawValue Hint { get; init; }

    /// <summary>The order asked for.</summary>
    internal RawDocument? Sort { get; init; }

    /// <summary>Bounds on the hinted index: its lowest key.</summary>
    internal RawDocument? Min { get; init; }

    /// <summary>Bounds on the hinted index: the first key too high.</summary>
    internal RawDocument? Max { get; init; }

    /// <summary>The matching records, in the order asked for.</summary>
    internal IEnumerable<StoredRecord> Find(CollectionReader reader)
    {
        var plan = RecordFinder.Plan(reader, this);
        var matching = plan.Candidates.Where(record => Filter.Matches(record.Document));
        return Sort is { IsEmpty: false } sort && !plan.IsSorted ? Sorting.Sort(matching, sort, Collation) : matching;
    }

    /// <summary>The matching ones of documents that come from a view.</summary>
    internal IEnumerable<StoredRecord> FindIn(IEnumerable<RawDocument> documents)
    {
        var matching = documents.Where(Filter.Matches).Select(document => new StoredRecord([], document));
        return Sort is { IsEmpty: false } sort ? Sorting.Sort(matching, sort, Collation) : matching;
    }

    /// <summary>Whether a record, read again, still matches; tells the array element met for <c>$</c>.</summary>
    internal bool Matches(RawDocument document, out int? positionalIndex) =>
        Filter.Matches(document, out positionalIndex);
}
