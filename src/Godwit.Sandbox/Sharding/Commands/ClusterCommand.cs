using Godwit.Bson;
using Godwit.Sandbox.Commands;

namespace Godwit.Sandbox.Sharding.Commands;

/// <summary>A command that only routers know, whose whole work is one function.</summary>
internal sealed class ClusterCommand(
    CommandTraits traits,
    Func<CommandContext, Router, CancellationToken, ValueTask<DocumentBuilder>> run
) : ICommand
{
    /// <inheritdoc/>
    public CommandTraits Traits => traits;

    /// <inheritdoc/>
    public async ValueTask<RawDocument> RunAsync(CommandContext context, CancellationToken cancellationToken) =>
        (await run(context, context.Member.Router!, cancellationToken).ConfigureAwait(false)).Build();
}
