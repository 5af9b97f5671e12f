using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Explaining;

namespace Godwit.Sandbox.Commands;

/// <summary><c>explain</c>: how another command would be run.</summary>
internal sealed class ExplainCommand : SynchronousCommand
{
    /// <inheritdoc/>
    public override CommandTraits Traits { get; } =
        new("explain")
        {
            Fields = CommandTraits.FieldSet("verbosity"),
            OnSecondary = SecondaryUse.OptIn,
            TakesReadConcern = true,
            IsInApiVersion1 = true,
            Help = "explain database reads and writes",
        };

    /// <inheritdoc/>
    protected override RawDocument Execute(CommandContext context)
    {
        var inner = context.Arguments.RequiredDocument("explain");
        var verbosity = Verbosity(context.Arguments.String("verbosity"));
        if (inner.IsEmpty)
        {
            throw new CommandException(ErrorCode.FailedToParse, "The explain command needs a command to explain");
        }

        var name = inner.First().Name;
        var command =
            CommandTable.Find(name)
            ?? throw new CommandException(ErrorCode.CommandNotFound, $"Explain failed due to unknown command: {name}");
        var explained = context.For(
            new CommandRequest(inner, context.Database) { Routing = context.Request.Routing },
            command.Traits
        );
        return command.Traits.Name switch
        {
            "aggregate" => AggregateExplanation.Of(explained, AggregateCommand.Target(explained), inner, verbosity),
            "find" or "count" or "distinct" when ViewExplanation.TryExplain(explained, verbosity) is { } shown => shown,
            "find" or "count" or "distinct" or "update" or "delete" or "findAndModify" => CommandExplanation.Of(
                explained,
                verbosity
            ),
            _ => throw new CommandException(ErrorCode.IllegalOperation, $"Cannot explain cmd: {name}"),
        };
    }

    private static ExplainVerbosity Verbosity(string? text) =>
        text switch
        {
            null or "allPlansExecution" => ExplainVerbosity.AllPlansExecution,
            "executionStats" => ExplainVerbosity.ExecutionStats,
            "queryPlanner" => ExplainVerbosity.QueryPlanner,
            _ => throw new CommandException(
                ErrorCode.BadValue,
                $"Enumeration value '{text}' for field 'explain.verbosity' is not a valid value."
            ),
        };
}
