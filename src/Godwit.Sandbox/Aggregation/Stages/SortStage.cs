using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Query;
using Godwit.Sandbox.Reading;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Aggregation.Stages;

/// <summary><c>$sort</c>.</summary>
internal sealed class SortStage(SortPattern pattern, bool allowsDiskUse) : Stage
{
    /// <summary>How many of the first documents later stages use.</summary>
    internal long Limit { get; set; } = long.MaxValue;

    internal static Stage Parse(RawValue value, StageContext context)
    {
        if (value.Type != BsonType.Document)
        {
            throw new CommandException(15973, "the $sort key specification must be an object");
        }

        return value.AsDocument.IsEmpty
            ? throw new CommandException(15976, "$sort stage must have at least one sort key")
            : new SortStage(SortPattern.Parse(value.AsDocument, context.Collation), context.AllowsDiskUse);
    }

    /// <inheritdoc/>
    internal override IEnumerable<RawDocument> Run(IEnumerable<RawDocument> input) =>
        new DocumentSorter(pattern) { Limit = Limit, AllowsDiskUse = allowsDiskUse }
            .Sort(input.Select(document => new StoredRecord([], document)))
            .Select(record => record.Document);
}
