using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Planning;
using Godwit.Sandbox.Query;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Reading;

/// <summary>A filter with what it is read with, ready to be run on a collection.</summary>
internal sealed class DocumentQuery
{
    /// <summary>The query of a command; where it names no collation, that of its collection counts.</summary>
    internal DocumentQuery(
        CommandContext context,
        RawDocument filter,
        RawDocument? collation = null,
        RawDocument? let = null,
        CollectionInfo? collection = null
    )
        : this(QueryContexts.For(context, Collations.Of(collation, collection), let), filter) { }

    /// <summary>A query of a pipeline.</summary>
    internal DocumentQuery(QueryContext context, RawDocument filter)
    {
        Context = context;
        Filter = Filter.Parse(filter, Context);
    }

    /// <summary>What the filter was read with.</summary>
    internal QueryContext Context { get; }

    /// <summary>The filter.</summary>
    internal Filter Filter { get; }

    /// <summary>The order of strings asked for.</summary>
    internal IStringCollation? Collation => Context.Collation;

    /// <summary>The index asked for, by name or key; <c>$natural</c> for none.</summary>
    internal RawValue Hint { get; init; }

    /// <summary>The order asked for.</summary>
    internal RawDocument? Sort { get; init; }

    /// <summary>What is shown of each document.</summary>
    internal RawDocument? Projection { get; init; }

    /// <summary>How many of the first documents are wanted.</summary>
    internal long Limit { get; init; } = long.MaxValue;

    /// <summary>Whether a sort may use the disk.</summary>
    internal bool AllowsDiskUse { get; init; } = true;

    /// <summary>Bounds on the hinted index: its lowest key.</summary>
    internal RawDocument? Min { get; init; }

    /// <summary>Bounds on the hinted index: the first key too high.</summary>
    internal RawDocument? Max { get; init; }

    /// <summary>The matching records, in the order asked for.</summary>
    internal IEnumerable<StoredRecord> Find(CollectionReader reader) =>
        Noted(reader, QueryPlanner.Plan(reader, this)).Run(reader, this);

    private QueryPlan Noted(CollectionReader reader, QueryPlan plan)
    {
        foreach (var path in plan.Path.Parts)
        {
            Context.Work?.Note(path.Summary, path is not CollectionScan);
            if (path.IndexIdent is { } index)
            {
                reader.View.Node.IndexUses.Count(index);
            }
        }

        return plan;
    }

    /// <summary>The matching ones of documents that come from a view.</summary>
    internal IEnumerable<StoredRecord> FindIn(IEnumerable<RawDocument> documents) =>
        InOrder(documents.Where(Filter.Matches).Select(document => new StoredRecord([], document)));

    /// <summary>Brings matching records into the order asked for.</summary>
    internal IEnumerable<StoredRecord> InOrder(IEnumerable<StoredRecord> matching) =>
        Sort is { IsEmpty: false } sort && SortPattern.Parse(sort, Collation) is { IsNatural: false } pattern
            ? new DocumentSorter(pattern) { Limit = Limit, AllowsDiskUse = AllowsDiskUse }.Sort(matching)
            : matching;

    /// <summary>Whether a record, read again, still matches; tells the array element met for <c>$</c>.</summary>
    internal bool Matches(RawDocument document, out int? positionalIndex) =>
        Filter.Matches(document, out positionalIndex);
}
