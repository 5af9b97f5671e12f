using Godwit.Bson;

namespace Godwit.Sandbox.Commands;

/// <summary><c>ping</c>: answers.</summary>
internal sealed class PingCommand : SynchronousCommand
{
    /// <inheritdoc/>
    public override CommandTraits Traits { get; } =
        new("ping")
        {
            Fields = CommandTraits.FieldSet(),
            OnSecondary = SecondaryUse.Always,
            RequiresAuthentication = false,
            TakesSession = false,
            IsInApiVersion1 = true,
            Help = "a way to check that the server is alive. responds immediately even if server is in a db lock.",
        };

    /// <inheritdoc/>
    protected override RawDocument Execute(CommandContext context) => RawDocument.Empty;
}
