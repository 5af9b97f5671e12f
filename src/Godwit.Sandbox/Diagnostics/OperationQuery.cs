using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Reading;

namespace Godwit.Sandbox.Diagnostics;

/// <summary>What a <c>$currentOp</c> stage or a <c>currentOp</c> command asks for.</summary>
/// <param name="AllUsers">Operations of all users, rather than one's own.</param>
/// <param name="IdleConnections">Connections that run nothing too.</param>
/// <param name="IdleCursors">Cursors that no command is using too.</param>
/// <param name="IdleSessions">Open transactions of which no statement is running too.</param>
/// <param name="Truncates">Whether long commands are cut.</param>
internal sealed record OperationQuery(
    bool AllUsers,
    bool IdleConnections,
    bool IdleCursors,
    bool IdleSessions,
    bool Truncates
)
{
    private const string Stage = "$currentOp";
    private static readonly string[] Known =
    [
        "allUsers",
        "idleConnections",
        "idleCursors",
        "idleSessions",
        "truncateOps",
        "localOps",
        "backtrace",
        "targetAllNodes",
    ];

    /// <summary>The options of the stage (<c>document_source_current_op.idl</c>).</summary>
    internal static OperationQuery OfStage(RawDocument options)
    {
        foreach (var option in options)
        {
            if (!Known.Contains(option.Name, StringComparer.Ordinal))
            {
                throw CommandErrors.UnknownField(Stage, option.Name);
            }

            if (option.Name is "allUsers" or "localOps" && option.Value.Type != BsonType.Boolean)
            {
                throw new CommandException(
                    ErrorCode.TypeMismatch,
                    $"The '{option.Name}' parameter of the $currentOp stage must be a boolean value, but found: {BsonTypeNames.NameOf(option.Value.Type)}"
                );
            }
        }

        var arguments = new CommandArguments(options, Stage);
        if (arguments.Boolean("targetAllNodes") == true)
        {
            throw new CommandException(
                ErrorCode.FailedToParse,
                "$currentOp supports targetAllNodes parameter only for sharded clusters"
            );
        }

        return new(
            arguments.Boolean("allUsers") ?? false,
            arguments.Boolean("idleConnections") ?? false,
            arguments.Boolean("idleCursors") ?? false,
            arguments.Boolean("idleSessions") ?? true,
            arguments.Boolean("truncateOps") ?? false
        );
    }

    /// <summary>The answer to the command; its other fields are a filter.</summary>
    internal static DocumentBuilder Answer(CommandContext context)
    {
        var (body, filter) = (context.Body, new DocumentBuilder());
        foreach (var element in body.Skip(1))
        {
            if (!element.Name.StartsWith('$') && !GenericArgumentsParser.IsGeneric(element.Name))
            {
                filter.Add(element);
            }
        }

        var all = body["$all"].IsTruthy();
        var query = new OperationQuery(
            !body["$ownOps"].IsTruthy(),
            all,
            IdleCursors: false,
            IdleSessions: true,
            Truncates: true
        );
        var found = CurrentOperations.List(context, query).Where(Filtering.Of(filter.Build()));
        return new() { { "inprog", RawValue.Array(found.Select(RawValue.Document)) } };
    }
}
