using Godwit.Bson;
using Godwit.Sandbox.Commands;

namespace Godwit.Sandbox.Sharding.Commands;

/// <summary>A command that ends sessions: here, and on every shard.</summary>
/// <param name="name">The command.</param>
internal sealed class RoutedSessions(string name) : RoutedCommand(name)
{
    /// <inheritdoc/>
    protected override async ValueTask<RawDocument> RouteAsync(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var reply = await CommandTable.Find(Traits.Name)!.RunAsync(context, cancellationToken).ConfigureAwait(false);
        Scatter.Check(
            await Scatter
                .SendAsync(context, router.Cluster.Shards, context.Body, null, cancellationToken)
                .ConfigureAwait(false)
        );
        return reply;
    }
}
