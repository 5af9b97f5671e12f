using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Faults;

namespace Godwit.Sandbox.Commands;

/// <summary><c>configureFailPoint</c>: sets or clears a failpoint.</summary>
internal sealed class ConfigureFailPointCommand : SynchronousCommand
{
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
