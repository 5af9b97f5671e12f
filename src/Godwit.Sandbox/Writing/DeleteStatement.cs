using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Reading;

namespace Godwit.Sandbox.Writing;

/// <summary>One statement of a delete, its filter not yet read: a bad filter fails its statement, a bad form the command.</summary>
/// <param name="Filter">Which documents.</param>
/// <param name="IsMulti">All of them, not the first.</param>
internal sealed record DeleteStatement(RawDocument Filter, bool IsMulti)
{
    private static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        "q",
        "limit",
        "collation",
        "hint",
        "sampleId",
        "includeQueryStatsMetrics",
    };

    /// <summary>The collation asked for.</summary>
    internal RawDocument? Collation { get; init; }

    /// <summary>The index asked for.</summary>
    internal RawValue Hint { get; init; }

    /// <summary>Reads <c>{q, limit, collation, hint}</c>.</summary>
    internal static DeleteStatement Parse(RawDocument statement)
    {
        foreach (var element in statement)
        {
            if (!Known.Contains(element.Name))
            {
                throw CommandErrors.UnknownField("delete.deletes", element.Name);
            }
        }

        var arguments = new CommandArguments(statement, "delete.deletes");
        var filter = arguments.RequiredDocument("q");
        var limit = arguments["limit"];
        if (limit.IsMissing)
        {
            throw CommandErrors.MissingField("delete.deletes", "limit");
        }

        return limit.ToInt64() is 0 or 1
            ? new(filter, limit.ToInt64() == 0)
            {
                Collation = arguments.Document("collation"),
                Hint = arguments["hint"],
            }
            : throw new CommandException(
                ErrorCode.FailedToParse,
                $"The limit field in delete objects must be 0 or 1. Got {limit.ToInt64()}"
            );
    }

    /// <summary>Reads the filter.</summary>
    internal DocumentQuery Query(CommandContext context, CollectionInfo? collection)
    {
        if (IsMulti && context.Session.IsRetryableWrite)
        {
            throw new CommandException(
                ErrorCode.InvalidOptions,
                "Cannot use (or request) retryable writes with limit=0"
            );
        }

        return new(context, Filter, Collation, context.Arguments.Document("let"), collection) { Hint = Hint };
    }
}
