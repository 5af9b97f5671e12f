using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Reading;

namespace Godwit.Sandbox.Writing;

/// <summary>One statement of a delete.</summary>
/// <param name="Query">Which documents.</param>
/// <param name="IsMulti">All of them, not the first.</param>
internal sealed record DeleteStatement(DocumentQuery Query, bool IsMulti)
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

    /// <summary>Reads <c>{q, limit, collation, hint}</c>.</summary>
    internal static DeleteStatement Parse(RawDocument statement, CommandContext context)
    {
        foreach (var element in statement)
        {
            if (!Known.Contains(element.Name))
            {
                throw CommandErrors.UnknownField("delete.deletes", element.Name);
            }
        }

        var arguments = new CommandArguments(statement, "delete.deletes");
        var limit = arguments["limit"];
        if (limit.IsMissing)
        {
            throw CommandErrors.MissingField("delete.deletes", "limit");
        }

        if (limit.ToInt64() is not (0 or 1))
        {
            throw new CommandException(
                ErrorCode.FailedToParse,
                $"The limit field in delete objects must be 0 or 1. Got {limit}"
            );
        }

        var isMulti = limit.ToInt64() == 0;
        if (isMulti && context.Session.IsRetryableWrite)
        {
            throw new CommandException(
                ErrorCode.InvalidOptions,
                "Cannot use (or request) retryable writes with limit=0"
            );
        }

        var query = new DocumentQuery(
            context,
            arguments.RequiredDocument("q"),
            Collations.Of(arguments.Document("collation")),
            context.Arguments.Document("let")
        );
        return new(query, isMulti);
    }
}
