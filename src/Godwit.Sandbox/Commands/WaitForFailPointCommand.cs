using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Faults;

namespace Godwit.Sandbox.Commands;

/// <summary><c>waitForFailPoint</c>: returns once a failpoint has fired so many times.</summary>
internal sealed class WaitForFailPointCommand : ICommand
{
    /// <inheritdoc/>
    public CommandTraits Traits { get; } =
        new("waitForFailPoint")
        {
            Fields = CommandTraits.FieldSet("timesEntered"),
            IsAdminOnly = true,
            OnSecondary = SecondaryUse.Always,
            Help = "wait for a fail point to be entered a certain number of times",
        };

    /// <inheritdoc/>
    public async ValueTask<RawDocument> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        if (!context.Body.Has("maxTimeMS"))
        {
            throw new CommandException(ErrorCode.FailedToParse, "Missing maxTimeMS");
        }

        var name = context.Arguments.RequiredString("waitForFailPoint");
        var times =
            context.Arguments.Number("timesEntered")
            ?? throw CommandErrors.MissingField(Traits.FieldOwner, "timesEntered");
        var failPoints = context.Member.FailPoints;
        FailPointTable.Require(name);
        await failPoints
            .Changed.WaitAsync(() => failPoints.TimesEntered(name) >= times, cancellationToken)
            .ConfigureAwait(false);
        return RawDocument.Empty;
    }
}
