using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Faults;

namespace Godwit.Sandbox.Commands;

/// <summary><c>configureFailPoint</c>: sets or clears a failpoint.</summary>
internal sealed class ConfigureFailPointCommand : SynchronousCommand
{
    /// <summary><c>waitForFailPoint</c>: waits until a failpoint has fired as often as asked.</summary>
    internal static ICommand Waiting { get; } =
        new AwaitedAnswerCommand(
            new CommandTraits("waitForFailPoint")
            {
                IsAdminOnly = true,
                OnSecondary = SecondaryUse.Always,
                TakesSession = false,
                Help = "wait for a fail point to be entered a certain number of times",
            },
            async (context, cancellationToken) =>
            {
                var name = context.Arguments.RequiredString("waitForFailPoint");
                var times = context.Arguments.Number("timesEntered") ?? 1;
                var points = context.Member.FailPoints;
                await points
                    .Changed.WaitAsync(() => points.TimesEntered(name) >= times, cancellationToken)
                    .ConfigureAwait(false);
                return [];
            }
        );

    /// <inheritdoc/>
    public override CommandTraits Traits { get; } =
        new("configureFailPoint")
        {
            IsAdminOnly = true,
            OnSecondary = SecondaryUse.Always,
            TakesSession = false,
            Help = "modifies the settings of a fail point",
        };

    /// <inheritdoc/>
    protected override RawDocument Execute(CommandContext context)
    {
        var name = context.Arguments.RequiredString("configureFailPoint");
        var data = context.Body["data"];
        if (data.Type is not (BsonType.Missing or BsonType.Document))
        {
            throw new CommandException(ErrorCode.TypeMismatch, "the 'data' option must be a document");
        }

        var settings = data.IsMissing ? RawDocument.Empty : data.AsDocument;
        var failPoint = FailPoint.Parse(context.Body["mode"], settings);
        if (context.Member.Options.Faults is { } faults && faults.Knows(name))
        {
            faults.Set(name, failPoint is not null, settings, context.Member.Options.Index);
            return new DocumentBuilder { { "count", 0 } }.Build();
        }

        if (name == "failCommand" && failPoint is not null)
        {
            FailCommand.Check(settings);
        }

        return new DocumentBuilder { { "count", (int)context.Member.FailPoints.Configure(name, failPoint) } }.Build();
    }
}
