using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Query;
using Godwit.Sandbox.Reading;
using Godwit.Sandbox.Update;

namespace Godwit.Sandbox.Writing;

/// <summary>One update, of the command, of findAndModify or of bulkWrite; filter and update not yet read.</summary>
/// <param name="Filter">Which documents.</param>
/// <param name="Change">What becomes of them.</param>
internal sealed record UpdateStatement(RawDocument Filter, RawValue Change)
{
    private static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        "q",
        "u",
        "c",
        "multi",
        "upsert",
        "collation",
        "arrayFilters",
        "hint",
        "sort",
        "upsertSupplied",
        "sampleId",
        "allowShardKeyUpdatesWithoutFullShardKeyInQuery",
        "includeQueryStatsMetrics",
    };

    /// <summary>All documents that match, not the first.</summary>
    internal bool IsMulti { get; init; }

    /// <summary>Insert where none matches.</summary>
    internal bool IsUpsert { get; init; }

    /// <summary>The collation asked for.</summary>
    internal RawDocument? Collation { get; init; }

    /// <summary>The index asked for.</summary>
    internal RawValue Hint { get; init; }

    /// <summary>Which of the matching documents is the first.</summary>
    internal RawDocument? Sort { get; init; }

    /// <summary>Filters for <c>$[name]</c>.</summary>
    internal IReadOnlyList<RawDocument> ArrayFilters { get; init; } = [];

    /// <summary>Constants of a pipeline update.</summary>
    internal RawDocument? Constants { get; init; }

    /// <summary>The document to insert where none matches, in place of one the update makes.</summary>
    internal RawDocument? Supplied { get; init; }

    /// <summary>Whether empty timestamps stay (S15).</summary>
    internal bool KeepsEmptyTimestamps { get; init; }

    /// <summary>Reads <c>{q, u, multi, upsert, …}</c>, as a release knows it; without one, as the newest.</summary>
    internal static UpdateStatement Parse(RawDocument statement, bool keepsEmptyTimestamps, Version? release = null)
    {
        var sorts = release?.Knows(Novelties.UpdateSort) ?? true;
        foreach (var element in statement)
        {
            if (!Known.Contains(element.Name) || (element.Name == "sort" && !sorts))
            {
                throw CommandErrors.UnknownField("update.updates", element.Name);
            }
        }

        var arguments = new CommandArguments(statement, "update.updates");
        var filter = arguments.RequiredDocument("q");
        return new(filter, CheckChange(arguments["u"], "update.updates", "u"))
        {
            IsMulti = arguments.Boolean("multi") ?? false,
            IsUpsert = arguments.Boolean("upsert") ?? false,
            Collation = arguments.Document("collation"),
            Hint = arguments["hint"],
            Sort = arguments.Document("sort"),
            ArrayFilters = arguments.Documents("arrayFilters") ?? [],
            Constants = arguments.Document("c"),
            KeepsEmptyTimestamps = keepsEmptyTimestamps,
        };
    }

    /// <summary>Refuses what is no update at all.</summary>
    internal static RawValue CheckChange(RawValue change, string owner, string field) =>
        change.Type switch
        {
            BsonType.Missing => throw CommandErrors.MissingField(owner, field),
            BsonType.Document or BsonType.Array => change,
            _ => throw new CommandException(
                ErrorCode.FailedToParse,
                "Update argument must be either an object or an array"
            ),
        };

    /// <summary>Reads the filter.</summary>
    internal DocumentQuery Query(CommandContext context, CollectionInfo? collection)
    {
        if (IsMulti && context.Session.IsRetryableWrite)
        {
            throw new CommandException(
                ErrorCode.InvalidOptions,
                "Cannot use (or request) retryable writes with multi=true"
            );
        }

        return new(context, Filter, Collation, context.Arguments.Document("let"), collection)
        {
            Hint = Hint,
            Sort = Sort,
            Limit = IsMulti ? long.MaxValue : 1,
        };
    }

    /// <summary>Reads the update.</summary>
    internal UpdateProgram Program(CommandContext context, DocumentQuery query)
    {
        var node = context.Node;
        var let = Constants ?? context.Arguments.Document("let");
        return UpdateProgram.Parse(
            Change,
            ArrayFilters,
            new UpdateContext
            {
                Collation = query.Collation,
                ParseFilter = filter => FilterOf(filter, query.Context),
                ParsePipeline = stages => UpdatePipelines.Parse(context, stages, query.Collation, let),
                Now = context.Member.Time.GetUtcNow(),
                TickTime = node.Clock.Tick,
                IsMulti = IsMulti,
                KeepsEmptyTimestamps = KeepsEmptyTimestamps,
            }
        );
    }

    private static Func<RawDocument, bool> FilterOf(RawDocument filter, QueryContext context) =>
        Godwit.Sandbox.Query.Filter.Parse(filter, context).Matches;
}
