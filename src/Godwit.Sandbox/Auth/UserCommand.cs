using Godwit.Bson;
using Godwit.Sandbox.Commands;

namespace Godwit.Sandbox.Auth;

/// <summary>A command on users or roles; it writes through the server's own commands, so it waits.</summary>
internal sealed class UserCommand(
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
