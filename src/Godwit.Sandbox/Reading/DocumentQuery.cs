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
        IStringCollation? collation = null,
        RawDocument? let = null
    )
    {
        Context = QueryContexts.For(context, collation, let);
        Filter = Filter.Parse(filter, Context);
        Collation = collation;
    }

    /// <summary>What the filter was read with.</summary>
    internal QueryContext Context { get; }

    /// <summary>The filter.</summary>
    internal Filter Filter { get; }

    /// <summary>The order of strings asked for.</summary>
    internal IStringCollation? Collation { get; }

    /// <summary>The matching records.</summary>
    internal IEnumerable<StoredRecord> Find(CollectionReader reader) =>
        RecordFinder.Candidates(reader, this).Where(record => Filter.Matches(record.Document));

    /// <summary>Whether a record, read again, still matches; tells the array element met for <c>$</c>.</summary>
    internal bool Matches(RawDocument document, out int? positionalIndex) =>
        Filter.Matches(document, out positionalIndex);
}
