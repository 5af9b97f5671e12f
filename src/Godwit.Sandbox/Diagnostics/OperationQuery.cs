using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Reading;

namespace Godwit.Sandbox.Diagnostics;

/// <summary>What a <c>$currentOp</c> stage or a <c>currentOp</c> command asks for.</summary>
/// <param name="AllUsers">Operations of all users, rather than one's own.</param>
/// <param name="IdleConnections">Connections that run nothing too.</param>
/// <param name="IdleCursors">Cursors that no command is using too.</param>
/// <param name="IdleSessions">Open transactions of which no statement is running too.</param>
internal sealed record OperationQuery(bool AllUsers, bool IdleConnections, bool IdleCursors, bool IdleSessions)
{
    /// <summary>The options of the stage.</summary>
    internal static OperationQuery OfStage(RawDocument options) =>
        new(
            options["allUsers"].IsTruthy(),
            options["idleConnections"].IsTruthy(),
            options["idleCursors"].IsTruthy(),
            !options.Has("idleSessions") || options["idleSessions"].IsTruthy()
        );

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
        var query = new OperationQuery(!body["$ownOps"].IsTruthy(), all, IdleCursors: false, IdleSessions: true);
        var found = CurrentOperations.List(context, query).Where(Filtering.Of(filter.Build()));
        return new() { { "inprog", RawValue.Array(found.Select(RawValue.Document)) } };
    }
}
