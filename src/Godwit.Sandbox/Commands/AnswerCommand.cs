using Godwit.Bson;

namespace Godwit.Sandbox.Commands;

/// <summary>A command whose whole work is one function of the member's state: session, replica-set and diagnostics commands.</summary>
internal sealed class AnswerCommand(CommandTraits traits, Func<CommandContext, DocumentBuilder> answer)
    : SynchronousCommand
{
    /// <inheritdoc/>
    public override CommandTraits Traits => traits;

    /// <inheritdoc/>
    protected override RawDocument Execute(CommandContext context) => answer(context).Build();
}
