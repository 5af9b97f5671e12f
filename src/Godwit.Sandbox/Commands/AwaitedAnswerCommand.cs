using Godwit.Bson;

namespace Godwit.Sandbox.Commands;

/// <summary>A command whose work waits: it writes through the server's own commands, as those on users and settings do.</summary>
internal sealed class AwaitedAnswerCommand(
    CommandTraits traits,
    Func<CommandContext, CancellationToken, ValueTask<DocumentBuilder>> answer
) : ICommand
{
    /// <inheritdoc/>
    public CommandTraits Traits => traits;

    /// <inheritdoc/>
    public async ValueTask<RawDocument> RunAsync(CommandContext context, CancellationToken cancellationToken) =>
        (await answer(context, cancellationToken).ConfigureAwait(false)).Build();
}
