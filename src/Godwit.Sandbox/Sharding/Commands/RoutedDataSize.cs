using Godwit.Bson;
using Godwit.Sandbox.Commands;

namespace Godwit.Sandbox.Sharding.Commands;

/// <summary><c>dataSize</c>: the sum over the shards with a part of the collection.</summary>
internal sealed class RoutedDataSize() : RoutedCommand("dataSize")
{
    /// <inheritdoc/>
    protected override async ValueTask<RawDocument> RouteAsync(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var ns = Namespace.Parse(context.Arguments.RequiredString("dataSize"));
        var replies = await Scatter
            .SendAsync(context, ScatterTargets.Of(router, ns), context.Body, null, cancellationToken)
            .ConfigureAwait(false);
        Scatter.Check(replies);
        return new DocumentBuilder
        {
            { "size", replies.Sum(entry => entry.Reply["size"].ToInt64() ?? 0) },
            { "numObjects", replies.Sum(entry => entry.Reply["numObjects"].ToInt64() ?? 0) },
            { "millis", replies.Sum(entry => entry.Reply["millis"].ToInt64() ?? 0) },
        }.Build();
    }
}
